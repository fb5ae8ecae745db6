//! The past of an account: what was applied, what is different, and going back.

use super::absent;
use crate::changes::{Words, end};
use crate::context::{Context, Items, parse};
use crate::failure::Failure;
use crate::plan;
use crate::show::{Column, Line, Page, Style, Table, units};
use clap::Args;
use nusantara_client::api::accounts::ChangeAction;
use nusantara_client::api::history::{FieldChange, RevisionDiff, RevisionLabel, RevisionView, RollBack};
use nusantara_client::types::{RevisionName, Username};
use serde_json::Value;

/// `account history`.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// The account
    name: String,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 30)]
    limit: usize,
}

/// `account diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The account
    name: String,
    /// A number of its history, or the first 7 digits of a hash
    #[arg(value_name = "REV")]
    from: String,
    /// Likewise; the account's files as they are when left out
    #[arg(value_name = "REV", default_value = "current")]
    to: String,
}

/// `account rollback`.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The account
    name: String,
    /// A number of its history, or the first 7 digits of a hash
    #[arg(value_name = "REV")]
    revision: String,
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

pub(super) async fn list(arguments: &History, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let revisions = context.client.revision_list(&username, arguments.limit).await.map_err(|e| absent(e, &username))?;
    let now = context.now();
    context.result(&Items { items: &revisions }, |page| {
        let mut table = Table::new([
            Column::new("REV").number(),
            Column::new("HASH").spare(2),
            Column::new("WHEN"),
            Column::new("WHO").flexible().spare(1),
            Column::new("ACTION"),
            Column::new("CHANGED").flexible(),
        ]);
        for r in &revisions {
            let number = Line::new(if r.current { Style::Strong } else { Style::Plain }, &r.number.to_string());
            table.row([
                number,
                short(&r.revision).into(),
                r.at.map_or_else(|| units::NOTHING.to_owned(), |at| units::ago(at, now)).into(),
                r.actor.as_deref().unwrap_or(units::NOTHING).into(),
                r.action.as_deref().unwrap_or(units::NOTHING).into(),
                changed(r).as_str().into(),
            ]);
        }
        page.table(&table, "Nothing has been applied yet.");
    })
}

/// The first digits of a hash, as many as tell revisions apart and are taken for one.
fn short(revision: &str) -> &str {
    let hex = revision.strip_prefix("sha256:").unwrap_or(revision);
    hex.get(..12).unwrap_or(hex)
}

fn changed(revision: &RevisionView) -> String {
    let mark = |change: &FieldChange| match change.action {
        ChangeAction::Create => format!("+{}", change.field),
        ChangeAction::Update => change.field.clone(),
        ChangeAction::Remove => format!("-{}", change.field),
    };
    let mut words: Vec<String> = revision.changes.iter().map(mark).collect();
    if revision.more_changes > 0 {
        words.push(format!("and {} more", revision.more_changes));
    }
    if words.is_empty() { units::NOTHING.to_owned() } else { words.join(", ") }
}

pub(super) async fn diff(arguments: &Diff, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let (from, to): (RevisionName, RevisionName) = (parse("revision", &arguments.from)?, parse("revision", &arguments.to)?);
    let missing = |e| {
        Failure::absent(e, || format!("There is no account {username} with these revisions. See: nusantara account history {username}"))
    };
    let diff = context.client.revision_diff(&username, &from, &to).await.map_err(missing)?;
    context.result(&diff, |page| show_diff(&diff, page))
}

fn show_diff(diff: &RevisionDiff, page: &mut Page) {
    if diff.changes.is_empty() {
        page.line(Line::new(Style::Good, "✓ ").and(Style::Plain, "They ask for the same."));
        return;
    }
    let label = |label: &RevisionLabel| {
        let number = label.number.map_or_else(|| "the files, not applied".to_owned(), |number| format!("revision {number}"));
        format!("{number} ({})", short(&label.revision))
    };
    page.line(Line::new(Style::Bad, "--- ").and(Style::Plain, &label(&diff.from)));
    page.line(Line::new(Style::Good, "+++ ").and(Style::Plain, &label(&diff.to)));
    let mut file = "";
    for change in &diff.changes {
        if change.file != file {
            file = &change.file;
            page.heading(file);
        }
        for (style, text) in lines(change) {
            page.line(Line::new(style, &text));
        }
    }
    if diff.more_changes > 0 {
        page.line(Line::new(Style::Dim, &format!("  … and {} more", diff.more_changes)));
    }
}

/// A line for what was and one for what is.
fn lines(change: &FieldChange) -> Vec<(Style, String)> {
    let field = &change.field;
    if change.hidden {
        let (style, text) = match change.action {
            ChangeAction::Create => (Style::Good, format!("  +{field}: (hidden)")),
            ChangeAction::Update => (Style::Attention, format!("  ~{field}: changed (hidden)")),
            ChangeAction::Remove => (Style::Bad, format!("  -{field}: (hidden)")),
        };
        return vec![(style, text)];
    }
    let line = |style, mark: char, value: &Value| (style, format!("  {mark}{field}: {}", text(value)));
    match change.action {
        ChangeAction::Create => vec![line(Style::Good, '+', &change.after)],
        ChangeAction::Update => vec![line(Style::Bad, '-', &change.before), line(Style::Good, '+', &change.after)],
        ChangeAction::Remove => vec![line(Style::Bad, '-', &change.before)],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.replace('\n', "⏎"))
}

pub(super) async fn rollback(arguments: Rollback, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let request = RollBack { revision: parse("revision", &arguments.revision)?, allow_below_foreign: arguments.allow_below_foreign };
    if arguments.plan {
        let view = context.client.rollback_plan(&username, &request).await.map_err(|e| absent(e, &username))?;
        return context.result(&view, |page| plan::show(&view, arguments.details, page));
    }
    context.demand_yes(arguments.yes, &format!("take account {username} back"))?;
    if !arguments.yes {
        let view = context.client.rollback_plan(&username, &request).await.map_err(|e| absent(e, &username))?;
        context.aside(|page| plan::show(&view, arguments.details, page));
        context.confirm(username.as_str())?;
    }
    let accepted = context.client.account_rollback(&username, &request).await.map_err(|e| absent(e, &username))?;
    let words = Words {
        begun: format!("Account {username} is going back to revision {}.", request.revision),
        doing: format!("Taking account {username} back to revision {}", request.revision),
        done: format!("Account {username} is as revision {} asked for.", request.revision),
    };
    end(&accepted, arguments.wait, &words, context).await
}
