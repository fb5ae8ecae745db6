//! The life of an account: what is said of it, its password, its limits and packages, and switching it off and on.

use nusantara_types::{DomainName, EmailAddress, Limits, Notes, PackageName, PasswordHash, Shell, SuspendReason, Username};
use serde::{Deserialize, Serialize};

/// Arguments of [`Operation::AccountSuspend`](super::Operation::AccountSuspend). On an account that is suspended already only the
/// reason changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSuspend {
    /// Which.
    pub username: Username,
    /// Why, for administrators.
    pub reason: Option<SuspendReason>,
}

/// A value that may be absent, and what becomes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It goes.
    Clear,
    /// It becomes this.
    Set(T),
}

/// Arguments of [`Operation::AccountUpdate`](super::Operation::AccountUpdate): what is named changes, the rest stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountUpdate {
    /// Which.
    pub username: Username,
    /// Whom to write to.
    pub contact_email: Edit<EmailAddress>,
    /// Free text for administrators.
    pub notes: Option<Notes>,
    /// Login shell.
    pub shell: Option<Shell>,
    /// What it may use.
    pub limits: Option<LimitsEdit>,
}

/// Where the limits of an account come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitsEdit {
    /// Those that this package has now. The account is one of the package afterwards.
    Package(PackageName),
    /// These, until its package is applied again.
    Custom(Limits),
}

/// Arguments of [`Operation::AccountPassword`](super::Operation::AccountPassword).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountPassword {
    /// Which.
    pub username: Username,
    /// What becomes of its password.
    pub password: PasswordEdit,
}

/// What becomes of a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordEdit {
    /// It becomes the one with this hash.
    Set(PasswordHash),
    /// There is none any more, and nobody logs in by one.
    Remove {},
    /// It was set: what is written down in place of [`PasswordEdit::Set`]. Refused in a request.
    Withheld {},
}

/// A limit that is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitChange {
    /// Its name in `limits.json`.
    pub field: String,
    /// What it is; null where nothing is said.
    pub from: serde_json::Value,
    /// What it would be.
    pub to: serde_json::Value,
}

/// What applying its package would do to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageEffect {
    /// Which account.
    pub username: Username,
    /// The limits that would change; empty when it has those of the package.
    pub changes: Vec<LimitChange>,
    /// Why it would be refused, each as a sentence; empty when it would not.
    pub refused: Vec<String>,
}

/// Arguments of [`Operation::AccountRename`](super::Operation::AccountRename).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRename {
    /// Which, by the name it has.
    pub username: Username,
    /// The name it shall have.
    pub new_username: Username,
}

/// Arguments of [`Operation::PrimaryDomain`](super::Operation::PrimaryDomain).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimaryDomain {
    /// Which.
    pub username: Username,
    /// The name that becomes the first.
    pub domain: DomainName,
    /// What becomes of the name that was. When absent, an alias; where another site of the account takes the place, a site.
    pub keep_old: Option<KeepOld>,
    /// As in [`SiteAdd`](super::SiteAdd).
    pub below_foreign: bool,
}

/// What becomes of a primary domain that is one no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepOld {
    /// A site of its own, with the folder and the settings it had.
    Addon,
    /// Another name of the primary site.
    Alias,
    /// The account gives it up.
    None,
}
