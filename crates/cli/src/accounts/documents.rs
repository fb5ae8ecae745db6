//! Accounts as documents, and trees that were written by hand.

use super::{Ended, absent, accepted_only};
use crate::context::{Context, parse, write_document};
use crate::failure::Failure;
use crate::{plan, wait};
use clap::Args;
use nusantara_client::api::accounts::{AccountAccepted, PlanView};
use nusantara_client::api::documents::{AdoptAccount, ImportAccount};
use nusantara_client::types::{JobId, SpecDocument, Username};
use std::io::Read;

/// The longest document that is read, bytes: more the panel does not take.
const LONGEST: u64 = 160 * 1024;

/// `account import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A document that `nusantara account export` wrote; - for standard input
    file: String,
    /// The account to make; the document's name when left out
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Bring the account, which exists, to the document
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    how: How,
}

/// `account adopt`.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The folder below /etc/nusantara-panel/users
    name: String,
    #[command(flatten)]
    how: How,
}

/// How a spec that comes whole is brought to the host.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// Let its names lie below or above another account's domains
    #[arg(long)]
    allow_below_foreign: bool,
    /// Only show what would change
    #[arg(long)]
    plan: bool,
    /// With the differences of every file
    #[arg(long)]
    details: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

pub(super) async fn export(name: &str, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", name)?;
    let document = context.client.account_export(&username).await.map_err(|e| absent(e, &username))?;
    // It is a document for machines whoever asks.
    write_document(&document)
}

pub(super) async fn import(arguments: Import, context: &Context) -> Result<(), Failure> {
    let username = arguments.name.as_deref().map(|name| parse("username", name)).transpose()?;
    let document = Box::new(read(&arguments.file)?);
    let How { allow_below_foreign, .. } = arguments.how;
    let request = ImportAccount { document, username, replace: arguments.replace, allow_below_foreign };
    let username = request.target().clone();
    let seen = async || Ok(context.client.account_import_plan(&request).await?);
    if !go_on(&arguments.how, &username, arguments.replace, "import", seen, context).await? {
        return Ok(());
    }
    let accepted = context.client.account_import(&request).await?;
    end(accepted, &username, arguments.how.wait, "imported", context).await
}

pub(super) async fn adopt(arguments: Adopt, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let request = AdoptAccount { allow_below_foreign: arguments.how.allow_below_foreign };
    let missing = |e| Failure::absent(e, || format!("There is no folder /etc/nusantara-panel/users/{username} to adopt."));
    let seen = async || context.client.account_adopt_plan(&username, &request).await.map_err(missing);
    if !go_on(&arguments.how, &username, true, "adopt", seen, context).await? {
        return Ok(());
    }
    let accepted = context.client.account_adopt(&username, &request).await.map_err(missing)?;
    end(accepted, &username, arguments.how.wait, "adopted", context).await
}

/// Shows the plan when it is asked for, or before the question. Making something new asks no question.
async fn go_on(
    how: &How,
    username: &Username,
    ask: bool,
    what: &str,
    seen: impl AsyncFn() -> Result<PlanView, Failure>,
    context: &Context,
) -> Result<bool, Failure> {
    if how.plan {
        let view = seen().await?;
        context.result(&view, |page| plan::show(&view, how.details, page))?;
        return Ok(false);
    }
    if ask {
        context.demand_yes(how.yes, &format!("{what} account {username}"))?;
        if !how.yes {
            let view = seen().await?;
            context.aside(|page| plan::show(&view, how.details, page));
            context.confirm(username.as_str())?;
        }
    }
    Ok(true)
}

async fn end(accepted: AccountAccepted, username: &Username, wait: bool, done: &str, context: &Context) -> Result<(), Failure> {
    if !wait {
        return accepted_only(&accepted, &format!("Account {username} is being {done}."), context);
    }
    let job = context.follow(JobId(accepted.job.id), &format!("Account {username} is being {done}")).await?;
    let now = wait::succeeded(&job);
    let fresh = if now.is_ok() { context.client.account_show(username).await.ok() } else { None };
    let account = fresh.map_or(accepted.account, |detail| detail.account);
    if now.is_ok() || context.json {
        context.result(&Ended { account: &account, job: &job }, |page| page.line(format!("Account {username} is {done}.")))?;
    }
    now
}

/// Reads a document; what is wrong with it is said with its line.
fn read(file: &str) -> Result<SpecDocument, Failure> {
    let unreadable = |e: std::io::Error| Failure::Local(format!("{file} cannot be read: {e}."));
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin().take(LONGEST + 1).read_to_string(&mut text),
        path => std::fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text)),
    };
    read.map_err(unreadable)?;
    if text.len() as u64 > LONGEST {
        return Err(Failure::Local(format!("{file} is longer than a document may be ({} KiB).", LONGEST / 1024)));
    }
    let refused = |message: String| Failure::Value { field: "document", message };
    let mut document = serde_json::Deserializer::from_str(&text);
    let value = serde_path_to_error::deserialize(&mut document)
        .map_err(|e| refused(format!("{file}: {}: {}.", e.path(), e.inner().to_string().trim_end_matches('.'))))?;
    document.end().map_err(|e| refused(format!("{file}: {e}.")))?;
    Ok(value)
}
