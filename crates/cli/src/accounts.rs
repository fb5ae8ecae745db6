//! `nusantara account`.

mod documents;
mod history;
mod life;

use crate::context::{Context, Items, parse};
use crate::failure::Failure;
use crate::php::{self, Php};
use crate::show::{Column, Line, Page, Style, Table, units};
use crate::{drift, packages, plan, sites, usage, wait};
use clap::{Args, Subcommand};
use nusantara_client::Error;
use nusantara_client::api::accounts::{
    Account, AccountAccepted, AccountDetail, AccountState, CreateAccount, DeleteAccountQuery, PlanIntent, PlanQuery,
};
use nusantara_client::api::jobs::Job;
use nusantara_client::types::{JobId, RequestId, Username};
use serde::Serialize;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account with its first site
    Create(Create),
    /// List the accounts
    #[command(visible_alias = "ls")]
    List {
        /// Show at most this many
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Show an account, its sites and its limits
    Show {
        /// The account
        name: String,
    },
    /// Show what would change, without changing it
    Plan {
        /// The account
        name: String,
        /// What deleting it would do
        #[arg(long, group = "intent")]
        delete: bool,
        /// What suspending it would do
        #[arg(long, group = "intent")]
        suspend: bool,
        /// What unsuspending it would do
        #[arg(long, group = "intent")]
        unsuspend: bool,
        /// What giving it this name would do
        #[arg(long, value_name = "NEW", group = "intent")]
        rename: Option<String>,
        /// What making this its primary domain would do
        #[arg(long, value_name = "DOMAIN", group = "intent")]
        primary_domain: Option<String>,
        /// With the differences of every file
        #[arg(long)]
        details: bool,
    },
    /// Bring this host to what the account's files say, whatever is there of it
    Converge {
        /// The account
        name: String,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Change an account: its contact, notes, shell, package or limits
    Set(Box<life::Set>),
    /// Set the password of an account's Linux user, read from the terminal or standard input
    Password(life::Password),
    /// Switch an account off: nobody logs in, nothing runs, its sites say that it is suspended
    Suspend(life::Suspend),
    /// Switch a suspended account on again, as it was
    Unsuspend(life::Unsuspend),
    /// Give an account another name: its Linux user, its home, its FTP logins and whatever else carries the name
    Rename(life::Rename),
    /// Give an account's primary site another name, or another of its sites that place
    PrimaryDomain(life::PrimaryDomain),
    /// Show or change the PHP that an account's sites start from
    Php(Php),
    /// Show what an account uses, beside what it may
    Usage {
        /// The account
        name: String,
    },
    /// Show what an account used over time, of the last 30 days
    UsageHistory {
        /// The account
        name: String,
        /// How far back, 1 to 720
        #[arg(long, default_value_t = 24)]
        hours: u32,
    },
    /// Show what was applied of an account's spec: what changed, when, and by whom
    History(history::History),
    /// Show what is different between two revisions of an account
    Diff(history::Diff),
    /// Take an account back to what an earlier revision asked for
    Rollback(history::Rollback),
    /// Write the six files of an account as one document, with hashes of passwords and environments of apps
    Export {
        /// The account
        name: String,
    },
    /// Make an account from a document, or bring one to it
    Import(documents::Import),
    /// Bring the host to a tree that was written by hand, or to an account's files that were edited
    Adopt(documents::Adopt),
    /// Delete an account and everything it owns on this host
    #[command(visible_alias = "rm")]
    Delete {
        /// The account
        name: String,
        /// Keep a last copy of its files and settings on the host for some days, for root alone; so it is without this, too
        #[arg(long, overrides_with = "no_last_copy")]
        last_copy: bool,
        /// Keep no last copy: what is deleted is gone
        #[arg(long)]
        no_last_copy: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
}

/// `account create`.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Name of the Linux user to make: 3 to 16 lower-case letters and digits, starting with a letter
    name: String,
    /// Name of the first site
    #[arg(long, value_name = "DOMAIN")]
    domain: String,
    /// Package that sets the limits; see `nusantara package list`
    #[arg(long, value_name = "PACKAGE")]
    package: String,
    /// Whom to write to about this account
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// PHP branch such as 8.2; the newest installed when left out
    #[arg(long, value_name = "VERSION")]
    php: Option<String>,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// The document of a create or delete that was waited for: like the one that was not, with the whole job in place of its id.
#[derive(Debug, Serialize)]
struct Ended<'a> {
    account: &'a Account,
    job: &'a Job,
}

pub(crate) async fn run(command: AccountCommand, context: &Context) -> Result<(), Failure> {
    match command {
        AccountCommand::Create(arguments) => create(&arguments, context).await,
        AccountCommand::List { limit } => list(limit, context).await,
        AccountCommand::Show { name } => show(&name, context).await,
        AccountCommand::Plan { name, delete, suspend, unsuspend, rename, primary_domain, details } => {
            let query = match (delete, suspend, unsuspend, rename, primary_domain) {
                (true, ..) => life::of(PlanIntent::Delete),
                (_, true, ..) => life::of(PlanIntent::Suspend),
                (_, _, true, ..) => life::of(PlanIntent::Unsuspend),
                (.., Some(new), _) => life::to_rename(&parse("new_username", &new)?),
                (.., Some(domain)) => life::to_primary(&parse("domain", &domain)?, None),
                _ => life::of(PlanIntent::Converge),
            };
            plan(&name, &query, details, context).await
        }
        AccountCommand::Converge { name, wait } => drift::converge_one(&name, wait, context).await,
        AccountCommand::Set(arguments) => life::set(*arguments, context).await,
        AccountCommand::Password(arguments) => life::password(&arguments, context).await,
        AccountCommand::Suspend(arguments) => life::suspend(arguments, context).await,
        AccountCommand::Unsuspend(arguments) => life::unsuspend(&arguments, context).await,
        AccountCommand::Rename(arguments) => life::rename(arguments, context).await,
        AccountCommand::PrimaryDomain(arguments) => life::primary_domain(arguments, context).await,
        AccountCommand::Php(arguments) => php::run(arguments, context).await,
        AccountCommand::Usage { name } => usage::show(&name, context).await,
        AccountCommand::UsageHistory { name, hours } => usage::history(&name, hours, context).await,
        AccountCommand::History(arguments) => history::list(&arguments, context).await,
        AccountCommand::Diff(arguments) => history::diff(&arguments, context).await,
        AccountCommand::Rollback(arguments) => history::rollback(arguments, context).await,
        AccountCommand::Export { name } => documents::export(&name, context).await,
        AccountCommand::Import(arguments) => documents::import(arguments, context).await,
        AccountCommand::Adopt(arguments) => documents::adopt(arguments, context).await,
        AccountCommand::Delete { name, last_copy: _, no_last_copy, yes, wait } => delete(&name, !no_last_copy, yes, wait, context).await,
    }
}

fn absent(error: Error, username: &Username) -> Failure {
    Failure::absent(error, || format!("There is no account {username}. See: nusantara account list"))
}

async fn create(arguments: &Create, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let request = CreateAccount {
        username: username.clone(),
        primary_domain: parse("primary_domain", &arguments.domain)?,
        package: parse("package", &arguments.package)?,
        contact_email: arguments.email.as_deref().map(|e| parse("contact_email", e)).transpose()?,
        php_version: arguments.php.as_deref().map(|v| parse("php_version", v)).transpose()?,
    };
    let accepted = context.client.account_create(&request, RequestId::generate()).await?;
    if !arguments.wait {
        return accepted_only(&accepted, &format!("Account {username} is being made."), context);
    }
    let doing = format!("Making account {username} ({})", request.primary_domain);
    let job = context.follow(JobId(accepted.job.id), &doing).await?;
    let now = wait::succeeded(&job);
    // What a failed create leaves is nothing, so only a successful one is looked at again; and that it went well stays true when
    // the panel cannot be asked any more.
    let fresh = if now.is_ok() { context.client.account_show(&username).await.ok() } else { None };
    let account = fresh.map_or(accepted.account, |detail| detail.account);
    if now.is_ok() || context.json {
        context.result(&Ended { account: &account, job: &job }, |page| {
            page.line(format!("Account {username} is ready: http://{}/", account.primary_domain));
        })?;
    }
    now
}

fn accepted_only(accepted: &AccountAccepted, sentence: &str, context: &Context) -> Result<(), Failure> {
    context.result(accepted, |page| {
        page.line(sentence);
        page.line(Line::new(Style::Dim, &format!("Follow it with: nusantara job follow {}", accepted.job.id)));
    })
}

async fn list(limit: Option<usize>, context: &Context) -> Result<(), Failure> {
    let accounts = context.client.account_list(limit.unwrap_or(usize::MAX)).await?;
    let now = context.now();
    context.result(&Items { items: &accounts }, |page| {
        let mut table = Table::new([
            Column::new("NAME"),
            Column::new("STATUS"),
            Column::new("PRIMARY DOMAIN").flexible(),
            Column::new("PACKAGE").flexible().spare(2),
            Column::new("SITES").number().spare(3),
            Column::new("CREATED").spare(1),
        ]);
        for a in &accounts {
            table.row([
                Line::new(Style::Strong, &a.username),
                status(a.status),
                a.primary_domain.as_str().into(),
                a.package.as_str().into(),
                a.site_count.to_string().into(),
                units::ago(a.created_at, now).into(),
            ]);
        }
        page.table(&table, "No accounts yet. Make one: nusantara account create NAME --domain DOMAIN --package PACKAGE");
    })
}

async fn show(name: &str, context: &Context) -> Result<(), Failure> {
    let username = parse("username", name)?;
    let detail = context.client.account_show(&username).await.map_err(|e| absent(e, &username))?;
    context.result(&detail, |page| show_detail(&detail, page, context))
}

fn show_detail(detail: &AccountDetail, page: &mut Page, context: &Context) {
    let Account { username, uid, primary_domain, package, home_dir, contact_email, revision, job_id, .. } = &detail.account;
    let now = context.now();
    let or_nothing = |text: &Option<String>| Line::from(text.as_deref().unwrap_or(units::NOTHING));
    page.line(Line::new(Style::Strong, username).and(Style::Plain, "  ").join(status(detail.account.status)));
    page.fields(&[
        ("Primary domain", primary_domain.as_str().into()),
        ("Package", package.as_str().into()),
        ("Home", home_dir.as_str().into()),
        ("Uid", uid.map_or_else(|| units::NOTHING.to_owned(), |uid| uid.to_string()).into()),
        ("Contact", or_nothing(contact_email)),
        ("Shell", or_nothing(&detail.shell)),
        ("Password", detail.has_password.map_or(units::NOTHING, |has| if has { "set" } else { "none" }).into()),
        ("Created", units::when(detail.account.created_at, now).into()),
        ("Changed", units::when(detail.account.updated_at, now).into()),
        ("Last login", or_nothing(&detail.last_login_ip)),
        ("Revision", or_nothing(revision)),
        ("Job", or_nothing(job_id)),
    ]);
    if let Some(at) = detail.suspended_at {
        page.fields(&[("Suspended", units::when(at, now).into()), ("Reason", or_nothing(&detail.suspend_reason))]);
    }
    if let Some(notes) = detail.notes.as_deref().filter(|notes| !notes.is_empty()) {
        page.heading("Notes");
        notes.lines().for_each(|line| page.line(format!("  {line}")));
    }
    page.heading("Sites");
    page.table(&sites::table(&detail.sites, false, now), "None.");
    if !detail.aliases.is_empty() {
        page.heading("Aliases");
        detail.aliases.iter().for_each(|domain| page.line(format!("  {domain}")));
    }
    if let Some(limits) = &detail.limits {
        page.heading("Limits");
        packages::show_limits(limits, page);
    }
}

/// The state's word in its colour.
fn status(state: AccountState) -> Line {
    match state {
        AccountState::Provisioning => Line::new(Style::Attention, "being made"),
        AccountState::Active => Line::new(Style::Good, "active"),
        AccountState::Suspended => Line::new(Style::Attention, "suspended"),
        AccountState::Deleting => Line::new(Style::Attention, "being deleted"),
        AccountState::Renaming => Line::new(Style::Attention, "being renamed"),
        AccountState::Failed => Line::new(Style::Bad, "failed"),
    }
}

async fn plan(name: &str, query: &PlanQuery, details: bool, context: &Context) -> Result<(), Failure> {
    let username = parse("username", name)?;
    let view = context.client.account_plan(&username, query).await.map_err(|e| absent(e, &username))?;
    context.result(&view, |page| plan::show(&view, details, page))
}

/// What is said of a last copy before somebody confirms.
const KEPT: &str = "First a last copy is kept on the host, for root alone; see: nusantara last-copy list";
const NOT_KEPT: &str = "No last copy is kept: what is deleted is gone.";

async fn delete(name: &str, last_copy: bool, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", name)?;
    context.demand_yes(yes, &format!("delete account {username}"))?;
    if !yes {
        let view = context.client.account_plan(&username, &life::of(PlanIntent::Delete)).await.map_err(|e| absent(e, &username))?;
        context.aside(|page| {
            plan::show(&view, false, page);
            page.line(if last_copy { KEPT } else { NOT_KEPT });
        });
        context.confirm(username.as_str())?;
    }
    let accepted = context
        .client
        .account_delete(&username, &DeleteAccountQuery { last_copy: Some(last_copy) })
        .await
        .map_err(|e| absent(e, &username))?;
    if !wait {
        return accepted_only(&accepted, &format!("Account {username} is being deleted."), context);
    }
    let job = context.follow(JobId(accepted.job.id), &format!("Deleting account {username}")).await?;
    let now = wait::succeeded(&job);
    if now.is_ok() || context.json {
        context.result(&Ended { account: &accepted.account, job: &job }, |page| page.line(format!("Account {username} is gone.")))?;
    }
    now
}
