//! `nusantara site`: sites go by their names; the API's ids stay behind the scenes.

use crate::context::{Context, Items, parse};
use crate::failure::Failure;
use crate::show::{Column, Line, Page, Style, Table, units};
use crate::wait;
use clap::{Args, Subcommand};
use nusantara_client::api::jobs::Job;
use nusantara_client::api::sites::{CreateSite, Site, SiteAccepted, SiteKind, SiteQuery, SiteRuntime, SiteState};
use nusantara_client::types::{DomainName, JobId, RequestId, SiteId, Timestamp, Username};
use serde::Serialize;

/// What can be done with sites.
#[derive(Debug, Subcommand)]
pub(crate) enum SiteCommand {
    /// List the sites
    #[command(visible_alias = "ls")]
    List {
        /// Only those of this account
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// Show at most this many
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Add a site to an account
    Create(Create),
    /// Show a site
    Show {
        /// Its name
        domain: String,
    },
    /// Take a site off the air; its files stay
    #[command(visible_alias = "rm")]
    Delete {
        /// Its name
        domain: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
}

/// `site create`.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The account it belongs to
    account: String,
    /// Its name. Below a domain of the account it becomes a subdomain, else an addon domain
    domain: String,
    /// PHP branch such as 8.2; the account's when left out
    #[arg(long, value_name = "VERSION")]
    php: Option<String>,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// The document of a create or delete that was waited for.
#[derive(Debug, Serialize)]
struct Ended<'a> {
    site: &'a Site,
    job: &'a Job,
}

pub(crate) async fn run(command: SiteCommand, context: &Context) -> Result<(), Failure> {
    match command {
        SiteCommand::List { account, limit } => list(account, limit, context).await,
        SiteCommand::Create(arguments) => create(&arguments, context).await,
        SiteCommand::Show { domain } => show(&domain, context).await,
        SiteCommand::Delete { domain, yes, wait } => delete(&domain, yes, wait, context).await,
    }
}

async fn list(account: Option<String>, limit: Option<usize>, context: &Context) -> Result<(), Failure> {
    let account = account.map(|name| parse::<Username>("account", &name)).transpose()?;
    let filter = SiteQuery { account: account.map(String::from), ..SiteQuery::default() };
    let sites = context.client.site_list(&filter, limit.unwrap_or(usize::MAX)).await?;
    context.result(&Items { items: &sites }, |page| {
        page.table(&table(&sites, true, context.now()), "No sites.");
    })
}

/// Sites under each other, with the account when they belong to several.
pub(crate) fn table(sites: &[Site], with_account: bool, now: Timestamp) -> Table {
    let columns = [
        Column::new("DOMAIN").flexible(),
        Column::new("ACCOUNT"),
        Column::new("KIND").spare(2),
        Column::new("RUNTIME").spare(3),
        Column::new("STATUS"),
        Column::new("CREATED").spare(4),
    ];
    let mut table =
        if with_account { Table::new(columns) } else { Table::new([columns[0], columns[2], columns[3], columns[4], columns[5]]) };
    for site in sites {
        let domain = Line::new(Style::Strong, &site.domain);
        let account = Line::from(site.account.as_str());
        let rest = [kind(site.kind).into(), runtime(site).into(), status(site.status), units::ago(site.created_at, now).into()];
        let [kind, runtime, status, created]: [Line; 4] = rest;
        if with_account {
            table.row([domain, account, kind, runtime, status, created]);
        } else {
            table.row([domain, kind, runtime, status, created]);
        }
    }
    table
}

const fn kind(kind: SiteKind) -> &'static str {
    match kind {
        SiteKind::Primary => "primary",
        SiteKind::Addon => "addon",
        SiteKind::Subdomain => "subdomain",
    }
}

fn runtime(site: &Site) -> String {
    match (site.runtime, &site.php_version) {
        (SiteRuntime::Php, Some(version)) => format!("php {version}"),
        (SiteRuntime::Php, None) => "php".to_owned(),
        (SiteRuntime::Static, _) => "static".to_owned(),
        (SiteRuntime::Proxy, _) => "proxy".to_owned(),
        (SiteRuntime::Node, _) => "node".to_owned(),
        (SiteRuntime::Redirect, _) => "redirect".to_owned(),
    }
}

fn status(state: SiteState) -> Line {
    match state {
        SiteState::Provisioning => Line::new(Style::Attention, "being published"),
        SiteState::Active => Line::new(Style::Good, "active"),
        SiteState::Deleting => Line::new(Style::Attention, "being taken down"),
        SiteState::Failed => Line::new(Style::Bad, "failed"),
    }
}

async fn find(domain: &str, context: &Context) -> Result<Site, Failure> {
    let domain: DomainName = parse("domain", domain)?;
    let found = context.client.site_find(&domain).await?;
    found.ok_or_else(|| Failure::NotFound(format!("There is no site {domain}. See: nusantara site list")))
}

async fn show(domain: &str, context: &Context) -> Result<(), Failure> {
    let site = find(domain, context).await?;
    context.result(&site, |page| show_site(&site, page, context.now()))
}

fn show_site(site: &Site, page: &mut Page, now: Timestamp) {
    page.line(Line::new(Style::Strong, &site.domain).and(Style::Plain, "  ").join(status(site.status)));
    page.fields(&[
        ("Account", site.account.as_str().into()),
        ("Kind", kind(site.kind).into()),
        ("Runtime", runtime(site).into()),
        ("Folder", site.root_path.as_str().into()),
        ("Address", site.url.as_str().into()),
        ("Created", format!("{}, by {}", units::when(site.created_at, now), site.created_by).into()),
    ]);
}

async fn create(arguments: &Create, context: &Context) -> Result<(), Failure> {
    let domain: DomainName = parse("domain", &arguments.domain)?;
    let request = CreateSite {
        account: parse("account", &arguments.account)?,
        domain: domain.clone(),
        php_version: arguments.php.as_deref().map(|v| parse("php_version", v)).transpose()?,
        kind: None,
        docroot: None,
        settings: None,
        allow_below_foreign: false,
    };
    let accepted = context.client.site_create(&request, RequestId::generate()).await?;
    let words = Words {
        begun: format!("Site {domain} is being published."),
        doing: format!("Publishing {domain}"),
        done: format!("Site {domain} is ready: {}", accepted.site.url),
    };
    end(&accepted, arguments.wait, &words, context).await
}

async fn delete(domain: &str, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    context.demand_yes(yes, &format!("delete site {domain}"))?;
    let site = find(domain, context).await?;
    if !yes {
        context.aside(|page| {
            page.line(Line::new(Style::Strong, &format!("Taking {} of account {} off the air", site.domain, site.account)));
            page.line(format!("  Its files in {} stay.", site.root_path));
        });
        context.confirm(&site.domain)?;
    }
    let accepted = context.client.site_delete(SiteId(site.id)).await?;
    let words = Words {
        begun: format!("Site {} is being taken off the air.", site.domain),
        doing: format!("Taking {} off the air", site.domain),
        done: format!("Site {} is off the air; its files stay.", site.domain),
    };
    end(&accepted, wait, &words, context).await
}

/// What is said at each point of a change.
struct Words {
    begun: String,
    doing: String,
    done: String,
}

/// Reports what was accepted, or follows it.
async fn end(accepted: &SiteAccepted, wait: bool, words: &Words, context: &Context) -> Result<(), Failure> {
    if !wait {
        return context.result(accepted, |page| {
            page.line(words.begun.as_str());
            page.line(Line::new(Style::Dim, &format!("Follow it with: nusantara job follow {}", accepted.job.id)));
        });
    }
    let job = context.follow(JobId(accepted.job.id), &words.doing).await?;
    let now = wait::succeeded(&job);
    if now.is_ok() || context.json {
        context.result(&Ended { site: &accepted.site, job: &job }, |page| page.line(words.done.as_str()))?;
    }
    now
}
