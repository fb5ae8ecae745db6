//! Accounts: what makes one, and how they are listed and shown.

use nusantara_types::{
    AccountSpec, AccountStatus, DomainKind, DomainName, EmailAddress, Login, PackageName, PhpVersion, Revision, Timestamp, Username,
};
use serde::{Deserialize, Serialize};

/// Arguments of [`Operation::AccountCreate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountCreate {
    /// The Linux user to make.
    pub username: Username,
    /// Its first site.
    pub primary_domain: DomainName,
    /// Where its limits come from.
    pub package: PackageName,
    /// Whom to write to.
    pub contact_email: Option<EmailAddress>,
    /// PHP branch; the newest installed when absent.
    pub php_version: Option<PhpVersion>,
}

/// A line of the account list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSummary {
    /// Name.
    pub username: Username,
    /// Uid.
    pub uid: u32,
    /// Active or suspended.
    pub status: AccountStatus,
    /// Package.
    pub package: PackageName,
    /// Contact.
    pub contact_email: Option<EmailAddress>,
    /// Revision of the spec on disk.
    pub revision: Revision,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its sites and aliases.
    pub domains: Vec<DomainSummary>,
}

/// A domain of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainSummary {
    /// Name.
    pub domain: DomainName,
    /// Kind of claim.
    pub kind: DomainKind,
    /// Absolute folder it serves from.
    pub root_path: String,
    /// How it answers, such as `php`.
    pub runtime: nusantara_types::Runtime,
    /// PHP branch when the runtime is PHP.
    pub php_version: Option<PhpVersion>,
}

/// An account with its whole spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountState {
    /// The line of the list.
    pub summary: AccountSummary,
    /// The six files.
    pub spec: AccountSpec,
    /// What shadow(5) says of logging in; none when there is no such user.
    pub login: Option<Login>,
}
