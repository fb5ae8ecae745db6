//! `nusantara package`.

use crate::context::Context;
use crate::failure::Failure;
use crate::show::{Column, Line, Page, Style, Table, units};
use clap::Subcommand;
use nusantara_client::api::accounts::{BandwidthAction, LimitsView};

/// What can be done with packages.
#[derive(Debug, Subcommand)]
pub(crate) enum PackageCommand {
    /// List the packages with their main limits
    #[command(visible_alias = "ls")]
    List,
}

pub(crate) async fn run(command: PackageCommand, context: &Context) -> Result<(), Failure> {
    match command {
        PackageCommand::List => list(context).await,
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    let packages = context.client.package_list().await?;
    context.result(&packages, |page| {
        let mut table = Table::new([
            Column::new("NAME"),
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
