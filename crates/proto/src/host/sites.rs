//! Sites: their domains, settings, protected folders, and PHP.

use nusantara_types::sites::{PhpIni, Realm, UrlPath, VisitorHash, VisitorName};
use nusantara_types::{DocRoot, DomainKind, DomainName, PhpVersion, SiteSettings, Username};
use serde::{Deserialize, Serialize};

/// Arguments of [`Operation::SiteAdd`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteAdd {
    /// Whose.
    pub username: Username,
    /// The new name.
    pub domain: DomainName,
    /// What it becomes: addon, subdomain or alias. When absent, a subdomain below a domain of the account, else an addon domain.
    pub kind: Option<DomainKind>,
    /// Its folder; `domains/<domain>/public_html` when absent. Not for an alias.
    pub docroot: Option<DocRoot>,
    /// Its runtime and options, without protected folders. Not for an alias.
    pub settings: SiteSettings,
    /// Whether it may lie below or above a domain of another account, or be one that another account gave up lately: with that
    /// account's or an administrator's consent.
    pub below_foreign: bool,
}

/// How a name stands to an account that does not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameStanding {
    /// Nobody else has it, nor one above or below it.
    Free,
    /// Another account has it.
    Held,
    /// Another account has a name above it.
    Below,
    /// Another account has a name below it.
    Above,
    /// Another account gave it up lately.
    Resting,
}

/// Arguments of [`Operation::SiteUpdate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteUpdate {
    /// Whose.
    pub username: Username,
    /// Which.
    pub domain: DomainName,
    /// Its new folder; as it is when absent. Files do not move.
    pub docroot: Option<DocRoot>,
    /// All its settings as they shall be, except the protected folders, which stay as they are.
    pub settings: SiteSettings,
}

/// Arguments of [`Operation::SiteProtect`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteProtect {
    /// Whose.
    pub username: Username,
    /// Which.
    pub domain: DomainName,
    /// All protected folders as they shall be.
    pub folders: Vec<FolderChange>,
}

/// A protected folder as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderChange {
    /// It and everything below it.
    pub path: UrlPath,
    /// What the browser shows.
    pub realm: Realm,
    /// Who may enter.
    pub visitors: Vec<VisitorChange>,
}

/// A visitor as they shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitorChange {
    /// Name.
    pub name: VisitorName,
    /// Hash of the new password; the one they have in this folder when absent.
    pub hash: Option<VisitorHash>,
}

/// Arguments of [`Operation::PhpUpdate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhpUpdate {
    /// Whose.
    pub username: Username,
    /// The branch of sites that name none.
    pub version: PhpVersion,
    /// Settings of all sites.
    pub ini: PhpIni,
}
