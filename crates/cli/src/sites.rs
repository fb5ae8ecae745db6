//! `nusantara site`: sites go by their names; the API's ids stay behind the scenes.

pub(crate) mod options;
mod protect;

use crate::changes::Words;
use crate::context::{Context, Items, parse};
use crate::failure::Failure;
use crate::logs::{self, Reading};
use crate::php;
use crate::show::{Column, Line, Page, Style, Table, units};
use crate::wait;
use clap::{Args, Subcommand, ValueEnum};
use nusantara_client::api::jobs::Job;
use nusantara_client::api::logs::{SiteLog, SiteLogQuery};
use nusantara_client::api::sites::{
    CreateSite, NewSiteKind, ProxyTarget, Site, SiteAccepted, SiteDetail, SiteKind, SiteQuery, SiteRuntime, SiteSettings, SiteState,
    UpdateSite, Www,
};
use nusantara_client::types::{DomainName, JobId, RequestId, SiteId, Timestamp, Username};
use options::Options;
use protect::{Protect, Unprotect};
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
    #[command(visible_alias = "add")]
    Create(Box<Create>),
    /// Change what is named of a site, and leave the rest as it is
    Set(Box<Set>),
    /// Show a site
    Show {
        /// Its name
        domain: String,
    },
    /// Let somebody enter a part of a site with a password, and nobody without
    Protect(Protect),
    /// Open a part of a site again, or shut one visitor out of it
    Unprotect(Unprotect),
    /// Show a log of a site
    Logs {
        /// Its name
        domain: String,
        /// Which
        #[arg(long, value_enum, default_value_t = Log::Access)]
        log: Log,
        #[command(flatten)]
        reading: Reading,
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
    /// What it becomes; told by its name when left out
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Its folder below the home; domains/DOMAIN/public_html when left out
    #[arg(long, value_name = "FOLDER")]
    docroot: Option<String>,
    #[command(flatten)]
    options: Options,
    /// Allow a name below or above a domain of another account, or one that another gave up lately
    #[arg(long)]
    below_foreign: bool,
    /// For such a name: the TXT record that the refusal names is published
    #[arg(long)]
    dns_proof: bool,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// `site set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Its name
    domain: String,
    /// Its folder below the home; files do not move
    #[arg(long, value_name = "FOLDER")]
    docroot: Option<String>,
    #[command(flatten)]
    options: Options,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// What a further site can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Addon,
    Subdomain,
}

/// A log of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Log {
    Access,
    Error,
    Php,
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
        SiteCommand::Set(arguments) => set(&arguments, context).await,
        SiteCommand::Show { domain } => show(&domain, context).await,
        SiteCommand::Protect(arguments) => protect::protect(arguments, context).await,
        SiteCommand::Unprotect(arguments) => protect::unprotect(arguments, context).await,
        SiteCommand::Logs { domain, log, reading } => read_log(&domain, log, reading, context).await,
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
        SiteState::Suspended => Line::new(Style::Attention, "suspended"),
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
    let detail = context.client.site_show(SiteId(site.id)).await?;
    context.result(&detail, |page| show_site(&detail, page, context.now()))
}

fn show_site(detail: &SiteDetail, page: &mut Page, now: Timestamp) {
    let site = &detail.site;
    page.line(Line::new(Style::Strong, &site.domain).and(Style::Plain, "  ").join(status(site.status)));
    page.fields(&[
        ("Account", site.account.as_str().into()),
        ("Kind", kind(site.kind).into()),
        ("Runtime", runtime(site).into()),
        ("Folder", site.root_path.as_str().into()),
        ("Address", site.url.as_str().into()),
        ("Names", detail.names.join(", ").into()),
        ("Created", format!("{}, by {}", units::when(site.created_at, now), site.created_by).into()),
    ]);
    if let Some(settings) = detail.settings.as_ref().map(options_of).filter(|lines| !lines.is_empty()) {
        page.heading("Options");
        settings.into_iter().for_each(|line| page.line(line));
    }
    if !detail.protected.is_empty() {
        page.heading("Protected");
        for folder in &detail.protected {
            let visitors: Vec<&str> = folder.visitors.iter().map(|visitor| visitor.name.as_str()).collect();
            page.line(format!("  {}  \"{}\": {}", folder.path, folder.realm, visitors.join(", ")));
        }
    }
}

/// What is not at its default.
fn options_of(settings: &SiteSettings) -> Vec<Line> {
    let mut lines: Vec<String> = Vec::new();
    match &settings.proxy {
        Some(ProxyTarget::Port(port)) => lines.push(format!("  passed on to port {port}")),
        Some(ProxyTarget::Socket(name)) => lines.push(format!("  passed on to socket {name}")),
        None => {}
    }
    lines.extend(settings.app.as_ref().map(|app| format!("  passed on to app {app}")));
    lines.extend(settings.redirect.as_ref().map(|redirect| format!("  redirects to {}", redirect.to)));
    lines.extend(match settings.www {
        Www::None => None,
        Www::Both => Some("  answers with and without www.".to_owned()),
        Www::ToApex => Some("  www. redirects to the name without it".to_owned()),
        Www::ToWww => Some("  redirects to the name with www.".to_owned()),
    });
    lines.extend(settings.https.then(|| format!("  HTTPS{}", if settings.force_https { ", and HTTP redirects to it" } else { "" })));
    lines.extend(settings.hsts.as_ref().map(|hsts| format!("  browsers use HTTPS only for {} days", hsts.max_age_days)));
    lines.extend(settings.index.iter().map(|file| format!("  index {file}")));
    lines.extend(settings.headers.iter().map(|header| format!("  header {}: {}", header.name, header.value)));
    lines.extend(settings.error_pages.iter().map(|page| format!("  error {} shows {}", page.status, page.path)));
    lines.extend(settings.max_upload_mb.map(|mib| format!("  uploads up to {mib} MiB")));
    lines.extend(settings.page_cache.as_ref().map(|cache| format!("  answers are kept for {} s", cache.seconds)));
    lines.into_iter().map(Line::from).chain(php::settings(&settings.php_ini)).collect()
}

async fn read_log(domain: &str, log: Log, reading: Reading, context: &Context) -> Result<(), Failure> {
    let id = SiteId(find(domain, context).await?.id);
    let log = match log {
        Log::Access => SiteLog::Access,
        Log::Error => SiteLog::Error,
        Log::Php => SiteLog::Php,
    };
    let page = async |lines, after| context.client.site_logs(id, &SiteLogQuery { log, lines: Some(lines), after }).await;
    logs::show(reading, page, context).await
}

async fn create(arguments: &Create, context: &Context) -> Result<(), Failure> {
    let domain: DomainName = parse("domain", &arguments.domain)?;
    let mut settings = SiteSettings::default();
    arguments.options.apply(&mut settings)?;
    let request = CreateSite {
        account: parse("account", &arguments.account)?,
        domain: domain.clone(),
        kind: arguments.kind.map(|kind| match kind {
            Kind::Addon => NewSiteKind::Addon,
            Kind::Subdomain => NewSiteKind::Subdomain,
        }),
        docroot: arguments.docroot.as_deref().map(|folder| parse("docroot", folder)).transpose()?,
        php_version: None,
        settings: Some(settings),
        allow_below_foreign: arguments.below_foreign,
        dns_proof: arguments.dns_proof,
    };
    let accepted = context.client.site_create(&request, RequestId::generate()).await?;
    let words = Words {
        begun: format!("Site {domain} is being published."),
        doing: format!("Publishing {domain}"),
        done: format!("Site {domain} is ready: {}", accepted.site.url),
    };
    finish(&accepted, arguments.wait, &words, context).await
}

async fn set(arguments: &Set, context: &Context) -> Result<(), Failure> {
    let site = find(&arguments.domain, context).await?;
    let id = SiteId(site.id);
    let unknown = || Failure::Refused("The host does not say how the site is now; try again in a moment.".to_owned());
    let mut settings = context.client.site_show(id).await?.settings.ok_or_else(unknown)?;
    arguments.options.apply(&mut settings)?;
    let docroot = arguments.docroot.as_deref().map(|folder| parse("docroot", folder)).transpose()?;
    let accepted = context.client.site_update(id, &UpdateSite { docroot, settings }).await?;
    let domain = &site.domain;
    let words = Words {
        begun: format!("Site {domain} is being changed."),
        doing: format!("Changing {domain}"),
        done: format!("Site {domain} is changed."),
    };
    finish(&accepted, arguments.wait, &words, context).await
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
    finish(&accepted, wait, &words, context).await
}

/// Reports what was accepted, or follows it.
async fn finish(accepted: &SiteAccepted, wait: bool, words: &Words, context: &Context) -> Result<(), Failure> {
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
