//! Packages: named sets of limits that accounts are created from.

use crate::accounts::ActionState;
use nusantara_types::{Limits, PackageName, SchemaVersion};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What happens when the traffic of a month is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BandwidthAction {
    /// It is said, and nothing else.
    Warn,
    /// The sites pause until the month ends or the limit is raised.
    PauseSites,
}

impl From<nusantara_types::BandwidthAction> for BandwidthAction {
    fn from(action: nusantara_types::BandwidthAction) -> Self {
        match action {
            nusantara_types::BandwidthAction::Warn => Self::Warn,
            nusantara_types::BandwidthAction::PauseSites => Self::PauseSites,
        }
    }
}

impl std::str::FromStr for BandwidthAction {
    type Err = &'static str;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "warn" => Ok(Self::Warn),
            "pause-sites" => Ok(Self::PauseSites),
            _ => Err("must be warn or pause-sites"),
        }
    }
}

impl From<BandwidthAction> for nusantara_types::BandwidthAction {
    fn from(action: BandwidthAction) -> Self {
        match action {
            BandwidthAction::Warn => Self::Warn,
            BandwidthAction::PauseSites => Self::PauseSites,
        }
    }
}

/// What an account or package may use. Sizes in MiB, CPU in percent of one core. Zero means "none of it".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsView {
    /// Disk, MiB.
    pub disk_quota_mb: u64,
    /// Traffic a month, MiB.
    pub bandwidth_quota_mb: u64,
    /// What happens when that is used up.
    pub bandwidth_action: BandwidthAction,
    /// Addon domains.
    pub max_addon_domains: u32,
    /// Subdomains.
    pub max_subdomains: u32,
    /// Aliases.
    pub max_alias_domains: u32,
    /// Databases.
    pub max_databases: u32,
    /// Database users.
    pub max_db_users: u32,
    /// FTP accounts.
    pub max_ftp_accounts: u32,
    /// Cron jobs.
    pub max_cron_jobs: u32,
    /// CPU, percent of one core, 1 to 100,000.
    #[schema(minimum = 1, maximum = 100_000)]
    pub cpu_limit_percent: u32,
    /// Memory, MiB, 32 to 16,777,216.
    #[schema(minimum = 32, maximum = 16_777_216)]
    pub memory_limit_mb: u64,
    /// Disk throughput, MiB/s, 1 to 1,048,576.
    #[schema(minimum = 1, maximum = 1_048_576)]
    pub io_limit_mb_s: u32,
    /// Processes and threads, 16 to 4,194,304.
    #[schema(minimum = 16, maximum = 4_194_304)]
    pub max_processes: u32,
    /// Supervised apps.
    pub max_apps: u32,
}

impl From<LimitsView> for Limits {
    fn from(view: LimitsView) -> Self {
        Self {
            schema_version: SchemaVersion,
            disk_quota_mb: view.disk_quota_mb,
            bandwidth_quota_mb: view.bandwidth_quota_mb,
            bandwidth_action: view.bandwidth_action.into(),
            max_addon_domains: view.max_addon_domains,
            max_subdomains: view.max_subdomains,
            max_alias_domains: view.max_alias_domains,
            max_databases: view.max_databases,
            max_db_users: view.max_db_users,
            max_ftp_accounts: view.max_ftp_accounts,
            max_cron_jobs: view.max_cron_jobs,
            cpu_limit_percent: view.cpu_limit_percent,
            memory_limit_mb: view.memory_limit_mb,
            io_limit_mb_s: view.io_limit_mb_s,
            max_processes: Some(view.max_processes),
            max_apps: Some(view.max_apps),
        }
    }
}

/// What the caller may do with a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackageActions {
    /// Give it other limits, and apply them to its accounts.
    pub update: ActionState,
    /// Remove it.
    pub delete: ActionState,
}

/// A package.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PackageView {
    /// Name.
    pub name: String,
    /// Limits.
    pub limits: LimitsView,
    /// How many accounts have it.
    pub account_count: u32,
    /// What the caller may do.
    pub actions: PackageActions,
}

/// `GET /api/v1/packages`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PackageList {
    /// In order of name.
    pub items: Vec<PackageView>,
}

/// `POST /api/v1/packages`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePackage {
    /// Up to 32 lower-case letters, digits and hyphens, starting with a letter.
    #[schema(value_type = String, example = "starter")]
    pub name: PackageName,
    /// Limits.
    pub limits: LimitsView,
}

/// `PUT /api/v1/packages/{name}`. Accounts keep the limits they have until the package is applied to them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePackage {
    /// All limits as they shall be.
    pub limits: LimitsView,
}

/// What a limit is: a number, or the word for what happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum LimitValue {
    /// In the limit's unit.
    Number(u64),
    /// As in [`BandwidthAction`].
    Word(String),
}

/// A limit that would change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LimitChange {
    /// Its name, as in [`LimitsView`].
    pub field: String,
    /// What it is; null where the default holds.
    pub from: Option<LimitValue>,
    /// What it would be.
    pub to: Option<LimitValue>,
}

/// What applying its package would do to an account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PackageEffect {
    /// Which account.
    pub account: String,
    /// The limits that would change; empty when it has those of the package.
    pub changes: Vec<LimitChange>,
    /// Why it would be refused, each as an English sentence; empty when it would not.
    pub refused: Vec<String>,
}
