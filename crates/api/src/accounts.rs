//! Accounts and packages.

use crate::{jobs::JobRef, sites::Site};
use chrono::{DateTime, Utc};
use nusantara_types::{DomainName, EmailAddress, PackageName, PhpVersion, Username};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// `POST /api/v1/accounts`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    /// 3 to 16 lower-case letters and digits, starting with a letter.
    #[schema(value_type = String, example = "joko")]
    pub username: Username,
    /// The first site's name.
    #[schema(value_type = String, example = "example.com")]
    pub primary_domain: DomainName,
    /// Name of a package.
    #[schema(value_type = String, example = "starter")]
    pub package: PackageName,
    /// Whom to write to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub contact_email: Option<EmailAddress>,
    /// PHP branch; the newest installed when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "8.2")]
    pub php_version: Option<PhpVersion>,
}

/// State of an account as the panel sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Being made.
    Provisioning,
    /// Serving.
    Active,
    /// Switched off.
    Suspended,
    /// Being removed.
    Deleting,
    /// The last change failed; see its job.
    Failed,
}

/// Whether the caller may do something with an object, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActionState {
    /// May it be done now?
    pub allowed: bool,
    /// Why not: `forbidden`, `account_busy`, `primary_site`.
    pub reason: Option<String>,
}

/// What the caller may do with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountActions {
    /// Delete it.
    pub delete: ActionState,
    /// Add a site or an alias to it.
    pub create_site: ActionState,
    /// Change its PHP.
    pub update_php: ActionState,
    /// Make, change, restart and remove its apps.
    pub update_apps: ActionState,
    /// Say how it may be logged in to by SSH.
    pub update_ssh: ActionState,
}

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Linux user.
    pub username: String,
    /// Its uid once it exists.
    pub uid: Option<u32>,
    /// First site.
    pub primary_domain: String,
    /// Package.
    pub package: String,
    /// State.
    pub status: AccountState,
    /// Home folder.
    pub home_dir: String,
    /// Contact.
    pub contact_email: Option<String>,
    /// Revision of its spec, `sha256:…`.
    pub revision: Option<String>,
    /// How many sites it has.
    pub site_count: u32,
    /// The job that is changing it now, or that failed last.
    pub job_id: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do.
    pub actions: AccountActions,
}

/// `GET /api/v1/accounts/{username}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AccountDetail {
    /// The account.
    pub account: Account,
    /// Its limits; null while it is being made.
    pub limits: Option<LimitsView>,
    /// Its sites.
    pub sites: Vec<Site>,
    /// Further names of its primary site; empty while it is being made.
    pub aliases: Vec<String>,
    /// Where the last login by SSH came from.
    pub last_login_ip: Option<String>,
    /// When that was.
    pub last_login_at: Option<DateTime<Utc>>,
}

/// What an account or package may use. Sizes in MiB, CPU in percent of one core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LimitsView {
    /// Disk, MiB.
    pub disk_quota_mb: u64,
    /// Traffic a month, MiB.
    pub bandwidth_quota_mb: u64,
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
    /// CPU, percent of one core.
    pub cpu_limit_percent: u32,
    /// Memory, MiB.
    pub memory_limit_mb: u64,
    /// Disk throughput, MiB/s.
    pub io_limit_mb_s: u32,
    /// Processes and threads.
    pub max_processes: u32,
    /// Supervised apps.
    pub max_apps: u32,
}

/// A package.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PackageView {
    /// Name.
    pub name: String,
    /// Limits.
    pub limits: LimitsView,
}

/// `GET /api/v1/packages`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PackageList {
    /// In order of name.
    pub items: Vec<PackageView>,
}

/// 202 to a create or delete of an account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AccountAccepted {
    /// The account in its transient state.
    pub account: Account,
    /// The job that does the work.
    pub job: JobRef,
}

/// What a plan is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanIntent {
    /// Bring the host to the spec.
    #[default]
    Converge,
    /// Remove the account.
    Delete,
}

/// Query of `GET /api/v1/accounts/{username}/plan`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlanQuery {
    /// What for; `converge` when absent.
    #[serde(default)]
    #[param(inline)]
    pub intent: PlanIntent,
}

/// Kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// Something new.
    Create,
    /// Something different.
    Update,
    /// Something gone.
    Remove,
}

/// One change of a plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlannedChange {
    /// Kind.
    pub action: ChangeAction,
    /// Stable name of the step that carries it out, such as `user.create`.
    pub step: String,
    /// What is touched, such as `/home/joko`.
    pub target: String,
    /// One line in English.
    pub summary: String,
    /// A diff or details to expand.
    pub detail: Option<String>,
}

/// `GET /api/v1/accounts/{username}/plan`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanView {
    /// Whose.
    pub username: String,
    /// What for.
    pub intent: PlanIntent,
    /// In the order they would happen; empty when nothing would change.
    pub changes: Vec<PlannedChange>,
}
