//! Parts of a site that ask for a name and a password. Passwords come in and never go out again.

use nusantara_types::Secret;
use nusantara_types::sites::{Realm, UrlPath, VisitorName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `PUT /api/v1/sites/{id}/protected`: all protected folders as they shall be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtectSite {
    /// At most 16, each path once.
    pub folders: Vec<ProtectFolder>,
}

/// A protected folder as it shall be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtectFolder {
    /// It and everything below it are protected.
    #[schema(value_type = String, example = "/staff")]
    pub path: UrlPath,
    /// What the browser shows.
    #[schema(value_type = String, example = "Staff only")]
    pub realm: Realm,
    /// Who may enter, at most 64, each name once; nobody when empty.
    pub visitors: Vec<ProtectVisitor>,
}

/// A visitor as they shall be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtectVisitor {
    /// Name.
    #[schema(value_type = String)]
    pub name: VisitorName,
    /// New password, 8 to 128 characters; absent to keep the one they have in this folder.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, min_length = 8, max_length = 128)]
    pub password: Option<Secret>,
}

/// A protected folder as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProtectedFolder {
    /// It and everything below it are protected.
    pub path: String,
    /// What the browser shows.
    pub realm: String,
    /// Who may enter.
    pub visitors: Vec<Visitor>,
}

/// Somebody who may enter a protected folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Visitor {
    /// Name.
    pub name: String,
}
