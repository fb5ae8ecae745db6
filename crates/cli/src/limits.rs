//! Limits as options of the command line.

use clap::Args;
use nusantara_client::api::packages::{BandwidthAction, LimitsView};

macro_rules! options {
    ($($(#[doc = $doc:literal])+ $option:ident $value:literal => $field:ident: $type:ty;)*) => {
        /// Limits that are named; the rest stays.
        #[derive(Debug, Args)]
        #[command(next_help_heading = "Limits")]
        pub(crate) struct LimitOptions {
            $($(#[doc = $doc])+ #[arg(long, value_name = $value)] $option: Option<$type>,)*
        }

        impl LimitOptions {
            /// Whether none is named.
            pub(crate) fn is_empty(&self) -> bool {
                $(self.$option.is_none())&&*
            }

            /// Limits with those that are named in their place.
            pub(crate) fn over(&self, limits: LimitsView) -> LimitsView {
                LimitsView { $($field: self.$option.unwrap_or(limits.$field),)* }
            }
        }
    };
}

options! {
    /// Disk space, MiB
    disk "MIB" => disk_quota_mb: u64;
    /// Traffic a month, MiB
    traffic "MIB" => bandwidth_quota_mb: u64;
    /// What happens when that is used up: warn, or pause-sites until the month ends
    used_up "ACTION" => bandwidth_action: BandwidthAction;
    /// CPU, percent of one core
    cpu "PERCENT" => cpu_limit_percent: u32;
    /// Memory, MiB
    memory "MIB" => memory_limit_mb: u64;
    /// Disk throughput, MiB per second
    io "MIB" => io_limit_mb_s: u32;
    /// Processes and threads
    processes "N" => max_processes: u32;
    /// Addon domains
    addon_domains "N" => max_addon_domains: u32;
    /// Subdomains
    subdomains "N" => max_subdomains: u32;
    /// Alias domains
    alias_domains "N" => max_alias_domains: u32;
    /// Databases
    databases "N" => max_databases: u32;
    /// Database users
    db_users "N" => max_db_users: u32;
    /// FTP accounts
    ftp_accounts "N" => max_ftp_accounts: u32;
    /// Cron jobs
    cron_jobs "N" => max_cron_jobs: u32;
    /// Supervised apps
    apps "N" => max_apps: u32;
}
