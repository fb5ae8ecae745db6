//! Accounts whose spec comes whole: from a document, or from a tree that was written by hand.

use super::{AccountSummary, Plan};
use nusantara_types::{AccountSpec, Username};
use serde::{Deserialize, Serialize};

/// Arguments of [`Operation::AccountImport`](super::Operation::AccountImport).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountImport {
    /// The account to make, or to bring to the document.
    pub username: Username,
    /// What it shall be. Whose it was, its uid and its home are not taken from it. None is what is written down in its place, since
    /// it holds hashes and environments; refused in a request.
    pub spec: Option<Box<AccountSpec>>,
    /// Whether an account that exists is brought to it; else there must be none.
    pub replace: bool,
    /// Whether its names may lie below or above another account's domains, or be some that another account gave up lately.
    pub below_foreign: bool,
}

/// Arguments of [`Operation::AccountAdopt`](super::Operation::AccountAdopt).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountAdopt {
    /// The name of the folder below `/etc/nusantara-panel/users`.
    pub username: Username,
    /// As for an import.
    pub below_foreign: bool,
}

/// What bringing a spec to this host would come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreseen {
    /// What would change.
    pub plan: Plan,
    /// The account as it would be. The uid of one that is yet to be made may come out higher.
    pub account: AccountSummary,
}
