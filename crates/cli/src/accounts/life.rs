//! Changing an account, its password, and switching it off and on.

use super::absent;
use crate::changes::{Words, end};
use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::limits::LimitOptions;
use crate::plan;
use clap::Args;
use nusantara_client::api::accounts::{PlanIntent, SuspendAccount, UpdateAccount};
use nusantara_client::types::{Shell, Username};
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
        let view = context.client.account_plan(&username, PlanIntent::Suspend).await.map_err(|e| absent(e, &username))?;
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
