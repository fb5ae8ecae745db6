//! What an account may use, and the packages accounts are created from. Zero means "none of it", never "without end".

use crate::{AccountSpec, PackageName, SchemaVersion};
use serde::{Deserialize, Serialize};

/// `limits.json`. Counts are whole numbers, sizes are MiB, CPU is percent of one core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Version of this file's layout.
    pub schema_version: SchemaVersion,
    /// Disk space in MiB.
    pub disk_quota_mb: u64,
    /// Traffic in MiB per calendar month.
    pub bandwidth_quota_mb: u64,
    /// What happens when the month's traffic is used up; it is only warned of when absent.
    #[serde(default, skip_serializing_if = "BandwidthAction::is_warn")]
    pub bandwidth_action: BandwidthAction,
    /// Addon domains beside the primary one.
    pub max_addon_domains: u32,
    /// Subdomains.
    pub max_subdomains: u32,
    /// Alias domains.
    pub max_alias_domains: u32,
    /// Databases.
    pub max_databases: u32,
    /// Database users.
    pub max_db_users: u32,
    /// FTP accounts.
    pub max_ftp_accounts: u32,
    /// Cron jobs.
    pub max_cron_jobs: u32,
    /// CPU in percent of one core: 150 is one and a half cores. 1 to 100,000.
    pub cpu_limit_percent: u32,
    /// Memory in MiB. At least 32, or nothing would start.
    pub memory_limit_mb: u64,
    /// Disk throughput in MiB per second, each for reading and writing.
    pub io_limit_mb_s: u32,
    /// Processes and threads; 256 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_processes: Option<u32>,
    /// Supervised apps; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_apps: Option<u32>,
}

/// What happens when an account has used up the traffic of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BandwidthAction {
    /// It is said, and nothing else.
    #[default]
    Warn,
    /// The sites pause until the month ends or the quota is raised.
    PauseSites,
}

impl BandwidthAction {
    /// Whether it is only said.
    #[must_use]
    pub fn is_warn(&self) -> bool {
        *self == Self::Warn
    }
}

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

impl Limits {
    /// The month's traffic in bytes.
    #[must_use]
    pub const fn bandwidth_bytes(&self) -> u64 {
        self.bandwidth_quota_mb.saturating_mul(MIB)
    }

    /// Percent of the month's traffic that so many sent bytes are. Of none, anything is all of it.
    #[must_use]
    pub fn traffic_percent(&self, sent_bytes: u64) -> u64 {
        match self.bandwidth_bytes() {
            0 => 100,
            quota => u64::try_from(u128::from(sent_bytes) * 100 / u128::from(quota)).unwrap_or(u64::MAX),
        }
    }

    /// Files and folders the account may own where the file system keeps count: 64 for each MiB, which is what ext4 itself has, and
    /// never fewer than an account needs to be one.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.disk_quota_mb.saturating_mul(64).max(16_384)
    }

    /// Processes and threads the account may have.
    #[must_use]
    pub fn tasks(&self) -> u32 {
        self.max_processes.unwrap_or(256)
    }

    /// Supervised apps the account may have.
    #[must_use]
    pub fn apps(&self) -> u32 {
        self.max_apps.unwrap_or(0)
    }

    /// The first field whose value is out of range, with what is allowed.
    #[must_use]
    pub fn violation(&self) -> Option<(&'static str, &'static str)> {
        if !(1..=100_000).contains(&self.cpu_limit_percent) {
            return Some(("cpu_limit_percent", "must be between 1 and 100000"));
        }
        if !(32..=16_777_216).contains(&self.memory_limit_mb) {
            return Some(("memory_limit_mb", "must be between 32 and 16777216"));
        }
        if !(1..=1_048_576).contains(&self.io_limit_mb_s) {
            return Some(("io_limit_mb_s", "must be between 1 and 1048576"));
        }
        if !(16..=4_194_304).contains(&self.tasks()) {
            return Some(("max_processes", "must be between 16 and 4194304"));
        }
        None
    }
}

/// A named set of limits: `/etc/nusantara-panel/packages/<name>.json` holds the limits, the file name is the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The package's name.
    pub name: PackageName,
    /// Its limits.
    pub limits: Limits,
}

/// A count that an account is past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    /// The limit, as `limits.json` names it.
    pub field: &'static str,
    /// What it counts, for people.
    pub what: &'static str,
    /// How many the account has.
    pub have: usize,
    /// How many it may have.
    pub most: u32,
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it has {} {}, {} would be allowed", self.have, self.what, self.most)
    }
}

impl Limits {
    /// Every count that the account `spec` describes would be past under these limits.
    #[must_use]
    pub fn exceeded_by(&self, spec: &AccountSpec) -> Vec<Exceeded> {
        let d = &spec.domains;
        let counts = [
            ("max_addon_domains", "addon domains", d.addon_domains.len(), self.max_addon_domains),
            ("max_subdomains", "subdomains", d.subdomains.len(), self.max_subdomains),
            ("max_alias_domains", "alias domains", d.alias_domains.len(), self.max_alias_domains),
            ("max_apps", "apps", spec.services.nodejs.apps.len(), self.apps()),
            ("max_cron_jobs", "cron jobs", spec.services.cron.jobs.len(), self.max_cron_jobs),
        ];
        let past = counts.into_iter().filter(|(.., have, most)| *have > *most as usize);
        past.map(|(field, what, have, most)| Exceeded { field, what, have, most }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(more: &str) -> Limits {
        let shipped = include_str!("../../../packaging/root/etc/nusantara-panel/packages/starter.json");
        serde_json::from_str(&shipped.replacen('{', &format!("{{ {more}"), 1)).unwrap()
    }

    #[test]
    fn what_was_written_before_the_action_was_known_stays_the_same() {
        let old = limits("");
        assert_eq!(old.bandwidth_action, BandwidthAction::Warn);
        assert!(!serde_json::to_string(&old).unwrap().contains("bandwidth_action"));
        let new = limits("\"bandwidth_action\": \"pause_sites\",");
        assert_eq!(new.bandwidth_action, BandwidthAction::PauseSites);
        assert!(serde_json::to_string(&new).unwrap().contains("pause_sites"));
    }

    #[test]
    fn of_no_traffic_anything_is_all() {
        let mut limits = Limits { bandwidth_quota_mb: 10, ..limits("") };
        let percent = |limits: &Limits, mib: u64| limits.traffic_percent(mib << 20);
        assert_eq!([0, 7, 8, 10, 25].map(|mib| percent(&limits, mib)), [0, 70, 80, 100, 250]);
        limits.bandwidth_quota_mb = 0;
        assert_eq!(percent(&limits, 0), 100);
        assert_eq!((limits.disk_quota_mb, limits.files()), (2_048, 131_072));
        limits.disk_quota_mb = 0;
        assert_eq!(limits.files(), 16_384);
    }
}
