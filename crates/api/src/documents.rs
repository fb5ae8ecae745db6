//! Accounts as documents: export, import, and trees that were written by hand.

use nusantara_types::{SpecDocument, Username};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /api/v1/accounts/import` and `POST /api/v1/accounts/import/plan`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportAccount {
    /// What `GET /api/v1/accounts/{username}/export` answers with: the six files of an account, and `schema_version`. Its username, uid,
    /// home and age are not taken from it.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub document: Box<SpecDocument>,
    /// The account to make; the document's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "joko")]
    pub username: Option<Username>,
    /// Whether an account that exists is brought to the document, as if going back to it; else there must be none of the name.
    #[serde(default)]
    pub replace: bool,
    /// Whether its names may lie below or above another account's domains, or be some that another account gave up lately.
    #[serde(default)]
    pub allow_below_foreign: bool,
}

/// `POST /api/v1/accounts/{username}/adopt` and `POST /api/v1/accounts/{username}/adopt/plan`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptAccount {
    /// As for an import.
    #[serde(default)]
    pub allow_below_foreign: bool,
}

impl ImportAccount {
    /// The account it is about.
    #[must_use]
    pub fn target(&self) -> &Username {
        self.username.as_ref().unwrap_or(&self.document.account.username)
    }
}
