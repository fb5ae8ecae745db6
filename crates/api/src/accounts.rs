//! Accounts.

use crate::packages::LimitsView;
use crate::{jobs::JobRef, sites::Site};
use chrono::{DateTime, Utc};
use nusantara_types::{DomainName, EmailAddress, Notes, PackageName, PhpVersion, Secret, Shell, SuspendReason, Username};
use serde::{Deserialize, Deserializer, Serialize};
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
    /// Getting another name.
    Renaming,
    /// The last change failed; see its job.
    Failed,
}

/// Whether the caller may do something with an object, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActionState {
    /// May it be done now?
    pub allowed: bool,
    /// Why not: `forbidden`, `account_busy`, `account_suspended`, `account_active`, `primary_site`, `package_in_use`.
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
    /// Making, changing, running and removing cron jobs.
    pub update_cron: ActionState,
    /// Make, change and remove its databases and their users.
    pub update_databases: ActionState,
    /// Make, change and remove its FTP logins.
    pub update_ftp: ActionState,
    /// Say how it may be logged in to by SSH.
    pub update_ssh: ActionState,
    /// Change what is said of it, its shell and its limits.
    pub update: ActionState,
    /// Give it another name, or its primary site.
    pub rename: ActionState,
    /// Set or remove its password.
    pub password: ActionState,
    /// Switch it off.
    pub suspend: ActionState,
    /// Switch it on again.
    pub unsuspend: ActionState,
    /// Go back to an earlier revision.
    pub roll_back: ActionState,
}

/// `POST /api/v1/accounts/{username}/suspend`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendAccount {
    /// Why, for administrators: 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<SuspendReason>,
}

/// `PATCH /api/v1/accounts/{username}` (RFC 7396): what is left out stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAccount {
    /// Whom to write to; null for nobody.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub contact_email: Option<Option<EmailAddress>>,
    /// Free text for administrators, up to 2,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub notes: Option<Notes>,
    /// Login shell: `/usr/sbin/nologin`, `/bin/bash` or `/bin/sh`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "/bin/bash")]
    pub shell: Option<Shell>,
    /// The package whose limits it shall have now. Not together with `limits`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "business")]
    pub package: Option<PackageName>,
    /// Limits of its own, until its package is applied again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsView>,
}

/// A field that is there, were it null.
fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// `PUT /api/v1/accounts/{username}/password`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// The new one: 12 to 128 characters, without control characters.
    #[schema(value_type = String, format = Password)]
    pub password: Secret,
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
    /// How much was found the last time that is not as its files say; see its `drift`.
    #[serde(default)]
    #[schema(required)]
    pub drift_count: u32,
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
    /// Login shell; null while it is being made.
    pub shell: Option<String>,
    /// Whether a password opens it; null while that cannot be seen.
    pub has_password: Option<bool>,
    /// Since when it is suspended; null when it is not.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Why it is, where the caller may suspend accounts.
    pub suspend_reason: Option<String>,
    /// Free text for administrators, where the caller may change accounts.
    pub notes: Option<String>,
    /// Where the last login by SSH came from.
    pub last_login_ip: Option<String>,
    /// When that was.
    pub last_login_at: Option<DateTime<Utc>>,
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
    /// Switch it off.
    Suspend,
    /// Switch it on again.
    Unsuspend,
    /// Give it the name `new_username`.
    Rename,
    /// Make `domain` its primary domain.
    PrimaryDomain,
}

/// Query of `DELETE /api/v1/accounts/{username}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeleteAccountQuery {
    /// Whether a last copy of its files and settings is kept on the host for some days; it is when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_copy: Option<bool>,
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
    /// With `rename`: the name it would get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub new_username: Option<Username>,
    /// With `primary_domain`: the name that would become the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub domain: Option<DomainName>,
    /// With `primary_domain`: what would become of the name that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub keep_old_as: Option<KeepOldAs>,
}

/// What becomes of a primary domain that is one no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeepOldAs {
    /// A site of its own, with the folder and the settings it had.
    Addon,
    /// Another name of the primary site, also with `www.` before it where it had that.
    Alias,
    /// The account gives it up.
    None,
}

/// `POST /api/v1/accounts/{username}/rename`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameAccount {
    /// 3 to 16 lower-case letters and digits, starting with a letter.
    #[schema(value_type = String, example = "budi")]
    pub new_username: Username,
}

/// `PUT /api/v1/accounts/{username}/primary-domain`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPrimaryDomain {
    /// A new name, an alias of the account or a site of it. A name that has a site changes places with the primary one; else the
    /// primary site is called so, and stays the same site in the same folder.
    #[schema(value_type = String, example = "example.org")]
    pub domain: DomainName,
    /// What becomes of the name that was. When absent, `alias`; where a site of the account takes the place, `addon`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_old_as: Option<KeepOldAs>,
    /// For admins: whether the name may lie below or above another account's domain, or be one that another account gave up lately.
    #[serde(default)]
    pub allow_below_foreign: bool,
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
