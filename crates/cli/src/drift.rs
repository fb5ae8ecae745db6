//! `nusantara plan`, `nusantara converge` and `nusantara drift`: what is not as it should be, of one account or of all.

use crate::changes::{Words, end};
use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::plan;
use crate::show::{Line, Page, Style, text, units};
use clap::{Args, Subcommand};
use nusantara_client::Error;
use nusantara_client::api::accounts::{PlanIntent, PlanQuery, PlanView};
use nusantara_client::api::drift::{AdoptDrift, DriftItem, DriftOverview, DriftReport, PlanSummary, PlannedAccount};
use nusantara_client::types::Username;
use serde::Serialize;

/// One account, or all.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// The account
    name: Option<String>,
    /// All accounts
    #[arg(long)]
    all: bool,
}

/// `plan`.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    which: Which,
    /// With the differences of every file
    #[arg(long)]
    details: bool,
}

/// `converge`.
#[derive(Debug, Args)]
pub(crate) struct Converge {
    #[command(flatten)]
    which: Which,
    /// Only show what would change
    #[arg(long)]
    plan: bool,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// `drift`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Drift {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The account; all when left out
    name: Option<String>,
    /// All accounts
    #[arg(long, conflicts_with = "name")]
    all: bool,
}

/// What can be done about differences.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Take what was changed by hand into the account's files
    Adopt {
        /// The account
        name: String,
        /// One difference, as it is listed; all that can be taken when left out
        item: Option<String>,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Put the account back to what was applied last, its files too
    Overwrite {
        /// The account
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
}

fn absent(error: Error, username: &Username) -> Failure {
    Failure::absent(error, || format!("There is no account {username}. See: nusantara account list"))
}

pub(crate) async fn plan(arguments: &Plan, context: &Context) -> Result<(), Failure> {
    let Some(name) = &arguments.which.name else { return plan_all(arguments.details, context).await };
    let username = parse("username", name)?;
    let view = context.client.account_plan(&username, &PlanQuery::default()).await.map_err(|e| absent(e, &username))?;
    context.result(&view, |page| plan::show(&view, arguments.details, page))
}

/// The document of a plan of all.
#[derive(Debug, Serialize)]
struct All<'a> {
    summary: PlanSummary,
    items: &'a [PlannedAccount],
}

async fn plan_all(details: bool, context: &Context) -> Result<(), Failure> {
    let (summary, mut items) = context.client.plan_all().await?;
    if details {
        for account in items.iter_mut().filter(|account| account.problem.is_none()) {
            let username = parse("username", &account.username)?;
            account.changes = context.client.account_plan(&username, &PlanQuery::default()).await?.changes;
        }
    }
    context.result(&All { summary, items: &items }, |page| show_all(summary, &items, details, page))
}

fn count(n: u32, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn show_all(summary: PlanSummary, items: &[PlannedAccount], details: bool, page: &mut Page) {
    if items.is_empty() {
        let said = format!("Nothing to change: {} as their files say.", count(summary.accounts, "account"));
        page.line(Line::new(Style::Good, "✓ ").and(Style::Plain, &said));
        return;
    }
    let changes = format!("{} in {} of {}", count(summary.changes, "change"), summary.changed, count(summary.accounts, "account"));
    page.line(Line::new(Style::Strong, &changes));
    for account in items {
        let view = PlanView { username: account.username.clone(), intent: PlanIntent::Converge, changes: account.changes.clone() };
        match &account.problem {
            Some(problem) => page.line(Line::new(Style::Bad, &format!("{}: {problem}", account.username))),
            None => plan::show(&view, details, page),
        }
    }
}

pub(crate) async fn converge(arguments: &Converge, context: &Context) -> Result<(), Failure> {
    match &arguments.which.name {
        Some(name) if arguments.plan => {
            plan(&Plan { which: Which { name: Some(name.clone()), all: false }, details: false }, context).await
        }
        Some(name) => converge_one(name, arguments.wait, context).await,
        None if arguments.plan => plan_all(false, context).await,
        None => {
            let accepted = context.client.converge_all().await?;
            let words = Words {
                begun: "All accounts are being converged.".to_owned(),
                doing: "Converging all accounts".to_owned(),
                done: "All accounts are as their files say.".to_owned(),
            };
            end(&accepted, arguments.wait, &words, context).await
        }
    }
}

/// `account converge` too.
pub(crate) async fn converge_one(name: &str, wait: bool, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", name)?;
    let accepted = context.client.account_converge(&username).await.map_err(|e| absent(e, &username))?;
    let words = Words {
        begun: format!("Account {username} is being converged."),
        doing: format!("Converging account {username}"),
        done: format!("Account {username} is as its files say."),
    };
    end(&accepted, wait, &words, context).await
}

pub(crate) async fn run(arguments: &Drift, context: &Context) -> Result<(), Failure> {
    match (&arguments.verb, &arguments.name) {
        (Some(Verb::Adopt { name, item, wait }), _) => adopt(name, item.as_deref(), *wait, context).await,
        (Some(Verb::Overwrite { name, yes, wait }), _) => overwrite(name, *yes, *wait, context).await,
        (None, Some(name)) => show(name, context).await,
        (None, None) => {
            let overview = context.client.drift_look().await?;
            context.result(&overview, |page| show_overview(&overview, page, context))
        }
    }
}

async fn show(name: &str, context: &Context) -> Result<(), Failure> {
    let username = parse("username", name)?;
    let report = context.client.drift_show(&username).await.map_err(|e| absent(e, &username))?;
    context.result(&report, |page| show_report(&report, page))
}

fn show_report(report: &DriftReport, page: &mut Page) {
    if let Some(problem) = &report.problem {
        page.line(Line::new(Style::Bad, &format!("{}: {problem}", report.username)));
        if report.restorable {
            let hint = format!("Put back what was applied last: nusantara drift overwrite {}", report.username);
            page.line(Line::new(Style::Dim, &hint));
        }
        return;
    }
    if report.items.is_empty() {
        page.line(Line::new(Style::Good, "✓ ").and(Style::Plain, &format!("No drift: {} is as it was applied.", report.username)));
        return;
    }
    let n = u32::try_from(report.items.len()).unwrap_or(u32::MAX);
    page.line(Line::new(Style::Strong, &format!("{}: {}", report.username, count(n, "difference"))));
    report.items.iter().for_each(|item| show_item(item, page));
    let name = &report.username;
    page.line(Line::new(Style::Dim, &format!("Put it right: nusantara drift overwrite {name}")));
    if report.items.iter().any(|item| item.adoptable) {
        page.line(Line::new(Style::Dim, &format!("Keep it: nusantara drift adopt {name} [ITEM]")));
    }
}

fn show_item(item: &DriftItem, page: &mut Page) {
    page.line(Line::new(Style::Attention, &format!("  {}", item.item)).and(Style::Plain, &format!("  {}", item.summary)));
    page.line(Line::new(Style::Dim, &format!("      {}", item.target)));
    for line in item.diff.iter().flat_map(|diff| text::clean_lines(diff)) {
        let style = match line.as_bytes().first() {
            Some(b'+') => Style::Good,
            Some(b'-') => Style::Bad,
            _ => Style::Dim,
        };
        page.line(Line::new(style, &format!("      {line}")));
    }
    if let Some(why) = &item.why_not {
        page.line(Line::new(Style::Dim, &format!("      cannot be adopted: {why}")));
    }
}

fn show_overview(overview: &DriftOverview, page: &mut Page, context: &Context) {
    for item in &overview.host {
        show_item(item, page);
    }
    let looked = count(overview.looked, "account");
    if overview.items.is_empty() && overview.host.is_empty() {
        page.line(Line::new(Style::Good, "✓ ").and(Style::Plain, &format!("No drift: {looked} as they were applied.")));
        return;
    }
    page.line(Line::new(Style::Strong, &format!("{} in {} of {looked}", count(overview.findings, "difference"), overview.accounts)));
    let now = context.now();
    for account in &overview.items {
        page.line(Line::new(Style::Strong, &account.username));
        for found in &account.findings {
            let line = Line::new(Style::Attention, &format!("  {}", found.item)).and(Style::Plain, &format!("  {}", found.summary));
            page.line(line.and(Style::Dim, &format!("  {}", units::ago(found.found_at, now))));
        }
    }
    page.line(Line::new(Style::Dim, "Look closer: nusantara drift NAME"));
}

async fn adopt(name: &str, item: Option<&str>, wait: bool, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", name)?;
    let request = AdoptDrift { item: item.map(|item| parse("item", item)).transpose()? };
    let accepted = context.client.drift_adopt(&username, &request).await.map_err(|e| absent(e, &username))?;
    let words = Words {
        begun: format!("What was changed by hand of {username} is being taken into its files."),
        doing: format!("Adopting what was changed by hand of {username}"),
        done: format!("The files of {username} say what was changed by hand."),
    };
    end(&accepted, wait, &words, context).await
}

async fn overwrite(name: &str, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", name)?;
    context.demand_yes(yes, &format!("overwrite what was changed by hand of {username}"))?;
    if !yes {
        let report = context.client.drift_show(&username).await.map_err(|e| absent(e, &username))?;
        context.aside(|page| show_report(&report, page));
        context.confirm(username.as_str())?;
    }
    let accepted = context.client.drift_overwrite(&username).await.map_err(|e| absent(e, &username))?;
    let words = Words {
        begun: format!("Account {username} is being put back to what was applied last."),
        doing: format!("Overwriting what was changed by hand of {username}"),
        done: format!("Account {username} is as it was applied last. What was written over is kept on the host."),
    };
    end(&accepted, wait, &words, context).await
}
