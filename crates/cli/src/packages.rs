//! `nusantara package`.

use crate::changes::{Words, end};
use crate::context::{Context, Items, parse};
use crate::failure::Failure;
use crate::limits::LimitOptions;
use crate::show::{Column, Line, Page, Style, Table, units};
use clap::Subcommand;
use nusantara_client::Error;
use nusantara_client::api::packages::{BandwidthAction, CreatePackage, LimitValue, LimitsView, PackageEffect, PackageView, UpdatePackage};
use nusantara_client::types::PackageName;

/// What can be done with packages.
#[derive(Debug, Subcommand)]
pub(crate) enum PackageCommand {
    /// List the packages with their main limits
    #[command(visible_alias = "ls")]
    List,
    /// Show a package with all its limits
    Show {
        /// The package
        name: String,
    },
    /// Make a package, from the limits of another one and those that are named
    Create {
        /// Its name: up to 32 lower-case letters, digits and hyphens, starting with a letter
        name: String,
        /// The package whose limits it starts from
        #[arg(long, value_name = "PACKAGE")]
        from: String,
        #[command(flatten)]
        limits: Box<LimitOptions>,
    },
    /// Give a package other limits; its accounts keep theirs until it is applied
    Set {
        /// The package
        name: String,
        #[command(flatten)]
        limits: Box<LimitOptions>,
    },
    /// Show what applying a package to its accounts would change
    Plan {
        /// The package
        name: String,
    },
    /// Give all accounts that have a package its limits
    Apply {
        /// The package
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Remove a package that no account has
    #[command(visible_alias = "rm")]
    Delete {
        /// The package
        name: String,
    },
}

pub(crate) async fn run(command: PackageCommand, context: &Context) -> Result<(), Failure> {
    match command {
        PackageCommand::List => list(context).await,
        PackageCommand::Show { name } => show(&name, context).await,
        PackageCommand::Create { name, from, limits } => create(&name, &from, &limits, context).await,
        PackageCommand::Set { name, limits } => set(&name, &limits, context).await,
        PackageCommand::Plan { name } => plan(&name, context).await,
        PackageCommand::Apply { name, yes, wait } => apply(&name, yes, wait, context).await,
        PackageCommand::Delete { name } => delete(&name, context).await,
    }
}

fn absent(error: Error, name: &PackageName) -> Failure {
    Failure::absent(error, || format!("There is no package {name}. See: nusantara package list"))
}

async fn find(name: &str, context: &Context) -> Result<PackageView, Failure> {
    let name: PackageName = parse("package", name)?;
    let found = context.client.package_list().await?.items.into_iter().find(|package| package.name == name.as_str());
    found.ok_or_else(|| Failure::NotFound(format!("There is no package {name}. See: nusantara package list")))
}

async fn show(name: &str, context: &Context) -> Result<(), Failure> {
    let package = find(name, context).await?;
    context.result(&package, |page| show_one(&package, page))
}

fn show_one(package: &PackageView, page: &mut Page) {
    let accounts = match package.account_count {
        1 => "1 account".to_owned(),
        n => format!("{n} accounts"),
    };
    page.line(Line::new(Style::Strong, &package.name).and(Style::Plain, &format!("  {accounts}")));
    show_limits(&package.limits, page);
}

async fn create(name: &str, from: &str, limits: &LimitOptions, context: &Context) -> Result<(), Failure> {
    let base = find(from, context).await?;
    let request = CreatePackage { name: parse("package", name)?, limits: limits.over(base.limits) };
    let made = context.client.package_create(&request).await?;
    context.result(&made, |page| show_one(&made, page))
}

async fn set(name: &str, limits: &LimitOptions, context: &Context) -> Result<(), Failure> {
    if limits.is_empty() {
        return Err(Failure::Usage("Name at least one limit; see: nusantara package set --help.".to_owned()));
    }
    let base = find(name, context).await?;
    let name: PackageName = parse("package", name)?;
    let request = UpdatePackage { limits: limits.over(base.limits) };
    let changed = context.client.package_update(&name, &request).await.map_err(|e| absent(e, &name))?;
    context.result(&changed, |page| {
        show_one(&changed, page);
        if changed.account_count > 0 {
            page.line(Line::new(Style::Dim, &format!("Its accounts keep their limits until: nusantara package apply {name}")));
        }
    })
}

async fn plan(name: &str, context: &Context) -> Result<(), Failure> {
    let name: PackageName = parse("package", name)?;
    let effects = context.client.package_plan(&name).await.map_err(|e| absent(e, &name))?;
    context.result(&Items { items: &effects }, |page| show_plan(&name, &effects, page))
}

fn show_plan(name: &PackageName, effects: &[PackageEffect], page: &mut Page) {
    let different: Vec<&PackageEffect> = effects.iter().filter(|e| !e.changes.is_empty() || !e.refused.is_empty()).collect();
    if different.is_empty() {
        page.line(Line::new(Style::Good, "✓ ").and(Style::Plain, &format!("Nothing to change: all accounts of {name} have its limits.")));
        return;
    }
    page.line(Line::new(Style::Strong, &format!("Applying {name}: {} of {} accounts", different.len(), effects.len())));
    for effect in different {
        page.line(Line::new(Style::Attention, "  ~ ").and(Style::Plain, &effect.account));
        for change in &effect.changes {
            let word = |value: &Option<LimitValue>| match value {
                None => "default".to_owned(),
                Some(LimitValue::Number(n)) => n.to_string(),
                Some(LimitValue::Word(word)) => word.clone(),
            };
            page.line(Line::new(Style::Dim, &format!("      {}: {} → {}", change.field, word(&change.from), word(&change.to))));
        }
        for reason in &effect.refused {
            page.line(Line::new(Style::Bad, &format!("      stays as it is: {reason}")));
        }
    }
}

async fn apply(name: &str, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let name: PackageName = parse("package", name)?;
    context.demand_yes(yes, &format!("apply package {name}"))?;
    if !yes {
        let effects = context.client.package_plan(&name).await.map_err(|e| absent(e, &name))?;
        context.aside(|page| show_plan(&name, &effects, page));
        context.confirm(name.as_str())?;
    }
    let accepted = context.client.package_apply(&name).await.map_err(|e| absent(e, &name))?;
    let words = Words {
        begun: format!("Package {name} is being applied."),
        doing: format!("Applying package {name}"),
        done: format!("All accounts of {name} have its limits."),
    };
    end(&accepted, wait, &words, context).await
}

async fn delete(name: &str, context: &Context) -> Result<(), Failure> {
    let name: PackageName = parse("package", name)?;
    context.client.package_delete(&name).await.map_err(|e| absent(e, &name))?;
    context.result(&serde_json::json!({ "deleted": name }), |page| page.line(format!("Package {name} is gone.")))
}

async fn list(context: &Context) -> Result<(), Failure> {
    let packages = context.client.package_list().await?;
    context.result(&packages, |page| {
        let mut table = Table::new([
            Column::new("NAME"),
            Column::new("ACCOUNTS").number(),
            Column::new("DISK").number(),
            Column::new("TRAFFIC/MONTH").number().spare(1),
            Column::new("CPU").number(),
            Column::new("MEMORY").number(),
            Column::new("ADDONS").number().spare(2),
            Column::new("SUBDOMAINS").number().spare(3),
            Column::new("PROCESSES").number().spare(4),
        ]);
        for package in &packages.items {
            let limits = &package.limits;
            table.row([
                Line::new(Style::Strong, &package.name),
                package.account_count.to_string().into(),
                units::mebibytes(limits.disk_quota_mb).into(),
                units::mebibytes(limits.bandwidth_quota_mb).into(),
                format!("{} %", limits.cpu_limit_percent).into(),
                units::mebibytes(limits.memory_limit_mb).into(),
                limits.max_addon_domains.to_string().into(),
                limits.max_subdomains.to_string().into(),
                limits.max_processes.to_string().into(),
            ]);
        }
        page.table(&table, "No packages. They are files: /etc/nusantara-panel/packages/NAME.json");
    })
}

/// What happens when the traffic of a month is used up.
const fn used_up(action: BandwidthAction) -> &'static str {
    match action {
        BandwidthAction::Warn => "it is said",
        BandwidthAction::PauseSites => "sites pause",
    }
}

/// Every limit with its unit.
pub(crate) fn show_limits(limits: &LimitsView, page: &mut Page) {
    let number = |n: u32| Line::from(n.to_string());
    page.fields(&[
        ("Disk", units::mebibytes(limits.disk_quota_mb).into()),
        ("Traffic a month", units::mebibytes(limits.bandwidth_quota_mb).into()),
        ("When it is used up", used_up(limits.bandwidth_action).into()),
        ("CPU", format!("{} % of one core", limits.cpu_limit_percent).into()),
        ("Memory", units::mebibytes(limits.memory_limit_mb).into()),
        ("Disk throughput", format!("{} MiB/s", limits.io_limit_mb_s).into()),
        ("Processes", number(limits.max_processes)),
        ("Addon domains", number(limits.max_addon_domains)),
        ("Subdomains", number(limits.max_subdomains)),
        ("Alias domains", number(limits.max_alias_domains)),
        ("Databases", number(limits.max_databases)),
        ("Database users", number(limits.max_db_users)),
        ("FTP accounts", number(limits.max_ftp_accounts)),
        ("Cron jobs", number(limits.max_cron_jobs)),
        ("Apps", number(limits.max_apps)),
    ]);
}
