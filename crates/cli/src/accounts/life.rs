//! Changing an account, its password, and switching it off and on.

use super::absent;
use crate::changes::{Words, end};
use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::limits::LimitOptions;
use crate::plan;
use clap::Args;
use nusantara_client::api::accounts::{KeepOldAs, PlanIntent, PlanQuery, RenameAccount, SetPrimaryDomain, SuspendAccount, UpdateAccount};
use nusantara_client::types::{DomainName, Shell, Username};
use serde::Serialize;

/// `account set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The account
    name: String,
    /// Whom to write to about this account
    #[arg(long, value_name = "ADDRESS", conflicts_with = "no_email")]
    email: Option<String>,
    /// Nobody to write to
    #[arg(long)]
    no_email: bool,
    /// Free text for administrators; empty to clear it
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// Login shell: nologin, bash or sh
    #[arg(long, value_name = "SHELL")]
    shell: Option<String>,
    /// Give it the limits that this package has now
    #[arg(long, value_name = "PACKAGE")]
    package: Option<String>,
    #[command(flatten)]
    limits: LimitOptions,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// `account password`.
#[derive(Debug, Args)]
pub(crate) struct Password {
    /// The account
    name: String,
    /// Remove the password: then nobody logs in by one
    #[arg(long)]
    remove: bool,
}

/// `account suspend`.
#[derive(Debug, Args)]
pub(crate) struct Suspend {
    /// The account
    name: String,
    /// Why, for administrators
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// `account unsuspend`.
#[derive(Debug, Args)]
pub(crate) struct Unsuspend {
    /// The account
    name: String,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// `account rename`.
#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// The account
    name: String,
    /// Its new name: 3 to 16 lower-case letters and digits, starting with a letter
    new: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// `account primary-domain`.
#[derive(Debug, Args)]
pub(crate) struct PrimaryDomain {
    /// The account
    name: String,
    /// The domain: a new one, an alias of the account or a site of it
    domain: String,
    /// What becomes of the domain that was: addon, alias or none. When left out, an alias; where a site of the account takes the
    /// place, a site
    #[arg(long, value_name = "KIND")]
    keep_old_as: Option<String>,
    /// Allow a name below or above a domain of another account, or one that another gave up lately
    #[arg(long)]
    below_foreign: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// The document of a password that changed.
#[derive(Debug, Serialize)]
struct HasPassword<'a> {
    username: &'a Username,
    has_password: bool,
}

pub(super) async fn set(arguments: Set, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let own = !arguments.limits.is_empty();
    if own && arguments.package.is_some() {
        return Err(Failure::Usage("Give a package or limits, not both.".to_owned()));
    }
    let limits = match own {
        false => None,
        true => {
            let detail = context.client.account_show(&username).await.map_err(|e| absent(e, &username))?;
            let now = detail.limits.ok_or_else(|| Failure::Local(format!("The limits of {username} cannot be read now.")))?;
            Some(arguments.limits.over(now))
        }
    };
    let email = arguments.email.as_deref().map(|email| parse("contact_email", email)).transpose()?;
    let request = UpdateAccount {
        contact_email: if arguments.no_email { Some(None) } else { email.map(Some) },
        notes: arguments.notes.as_deref().map(|notes| parse("notes", notes)).transpose()?,
        shell: arguments.shell.as_deref().map(shell).transpose()?,
        package: arguments.package.as_deref().map(|package| parse("package", package)).transpose()?,
        limits,
    };
    let accepted = context.client.account_update(&username, &request).await.map_err(|e| absent(e, &username))?;
    let words = Words {
        begun: format!("Account {username} is being changed."),
        doing: format!("Changing account {username}"),
        done: format!("Account {username} is changed."),
    };
    end(&accepted, arguments.wait, &words, context).await
}

/// A shell by its last name or its path.
fn shell(text: &str) -> Result<Shell, Failure> {
    let shells = [Shell::Nologin, Shell::Bash, Shell::Sh];
    let named = |shell: &Shell| shell.path() == text || shell.path().rsplit('/').next() == Some(text);
    let refused = || Failure::Value { field: "shell", message: format!("Shell \"{text}\" is not allowed: use nologin, bash or sh.") };
    shells.into_iter().find(named).ok_or_else(refused)
}

pub(super) async fn password(arguments: &Password, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let sentence = if arguments.remove {
        context.client.account_password_remove(&username).await.map_err(|e| absent(e, &username))?;
        format!("Account {username} has no password any more.")
    } else {
        let password = context.password(&format!("New password of {username}"))?;
        context.client.account_password_set(&username, &password).await.map_err(|e| absent(e, &username))?;
        format!("The password of account {username} is set.")
    };
    context.result(&HasPassword { username: &username, has_password: !arguments.remove }, |page| page.line(sentence))
}

pub(super) async fn suspend(arguments: Suspend, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let reason = arguments.reason.as_deref().map(|reason| parse("reason", reason)).transpose()?;
    context.demand_yes(arguments.yes, &format!("suspend account {username}"))?;
    if !arguments.yes {
        let view = context.client.account_plan(&username, &of(PlanIntent::Suspend)).await.map_err(|e| absent(e, &username))?;
        context.aside(|page| plan::show(&view, false, page));
        context.confirm(username.as_str())?;
    }
    let accepted = context.client.account_suspend(&username, &SuspendAccount { reason }).await.map_err(|e| absent(e, &username))?;
    let words = Words {
        begun: format!("Account {username} is being suspended."),
        doing: format!("Suspending account {username}"),
        done: format!("Account {username} is suspended."),
    };
    end(&accepted, arguments.wait, &words, context).await
}

pub(super) async fn unsuspend(arguments: &Unsuspend, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let accepted = context.client.account_unsuspend(&username).await.map_err(|e| absent(e, &username))?;
    let words = Words {
        begun: format!("Account {username} is being unsuspended."),
        doing: format!("Unsuspending account {username}"),
        done: format!("Account {username} is as it was."),
    };
    end(&accepted, arguments.wait, &words, context).await
}

/// The question for a plan that needs nothing but its intent.
pub(super) fn of(intent: PlanIntent) -> PlanQuery {
    PlanQuery { intent, ..PlanQuery::default() }
}

pub(super) fn to_rename(new: &Username) -> PlanQuery {
    PlanQuery { new_username: Some(new.clone()), ..of(PlanIntent::Rename) }
}

pub(super) fn to_primary(domain: &DomainName, keep_old_as: Option<KeepOldAs>) -> PlanQuery {
    PlanQuery { domain: Some(domain.clone()), keep_old_as, ..of(PlanIntent::PrimaryDomain) }
}

pub(super) async fn rename(arguments: Rename, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let new_username: Username = parse("new_username", &arguments.new)?;
    context.demand_yes(arguments.yes, &format!("rename account {username}"))?;
    if !arguments.yes {
        let view = context.client.account_plan(&username, &to_rename(&new_username)).await.map_err(|e| absent(e, &username))?;
        context.aside(|page| plan::show(&view, false, page));
        context.confirm(username.as_str())?;
    }
    let request = RenameAccount { new_username: new_username.clone() };
    let accepted = context.client.account_rename(&username, &request).await.map_err(|e| absent(e, &username))?;
    let words = Words {
        begun: format!("Account {username} is being renamed to {new_username}."),
        doing: format!("Renaming account {username} to {new_username}"),
        done: format!("Account {username} is called {new_username} now."),
    };
    end(&accepted, arguments.wait, &words, context).await
}

pub(super) async fn primary_domain(arguments: PrimaryDomain, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let domain: DomainName = parse("domain", &arguments.domain)?;
    let keep_old_as = arguments.keep_old_as.as_deref().map(keep).transpose()?;
    context.demand_yes(arguments.yes, &format!("change the primary domain of account {username}"))?;
    if !arguments.yes {
        let query = to_primary(&domain, keep_old_as);
        let view = context.client.account_plan(&username, &query).await.map_err(|e| absent(e, &username))?;
        context.aside(|page| plan::show(&view, false, page));
        context.confirm(domain.as_str())?;
    }
    let request = SetPrimaryDomain { domain: domain.clone(), keep_old_as, allow_below_foreign: arguments.below_foreign };
    let accepted = context.client.account_primary_domain(&username, &request).await.map_err(|e| absent(e, &username))?;
    let words = Words {
        begun: format!("{domain} is being made the primary domain of {username}."),
        doing: format!("Making {domain} the primary domain of {username}"),
        done: format!("{domain} is the primary domain of {username}."),
    };
    end(&accepted, arguments.wait, &words, context).await
}

fn keep(text: &str) -> Result<KeepOldAs, Failure> {
    match text {
        "addon" => Ok(KeepOldAs::Addon),
        "alias" => Ok(KeepOldAs::Alias),
        "none" => Ok(KeepOldAs::None),
        _ => Err(Failure::Value { field: "keep_old_as", message: format!("\"{text}\" is not allowed: use addon, alias or none.") }),
    }
}
