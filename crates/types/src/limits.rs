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

impl Limits {
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
        ];
        let past = counts.into_iter().filter(|(.., have, most)| *have > *most as usize);
        past.map(|(field, what, have, most)| Exceeded { field, what, have, most }).collect()
    }
}
