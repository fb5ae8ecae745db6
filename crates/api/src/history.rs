//! The past of an account's spec, and going back.

use crate::accounts::ChangeAction;
use chrono::{DateTime, Utc};
use nusantara_types::RevisionName;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A field of an account's six files that is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// The file, such as `services.json`.
    pub file: String,
    /// The field in it, such as `nodejs.apps[shop].instances`.
    pub field: String,
    /// Whether it came, changed or went.
    pub action: ChangeAction,
    /// What it was; null where there was nothing, or where it is not shown.
    pub before: serde_json::Value,
    /// What it is; likewise.
    pub after: serde_json::Value,
    /// Whether its values are not shown.
    pub hidden: bool,
}

/// An applied revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevisionView {
    /// Its number in the account's history, from 1.
    pub number: u32,
    /// Its hash, `sha256:…`.
    pub revision: String,
    /// Whether it is the one in force.
    pub current: bool,
    /// When it was applied.
    pub at: Option<DateTime<Utc>>,
    /// By whom.
    pub actor: Option<String>,
    /// The operation that did, such as `site_add`.
    pub action: Option<String>,
    /// What is different from the one before it, in short: parts that came or went are named as a whole, without values.
    pub changes: Vec<FieldChange>,
    /// How many further differences there are.
    pub more_changes: u32,
}

/// A revision as an answer names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevisionLabel {
    /// Its number; null for files that are not applied.
    pub number: Option<u32>,
    /// Its hash, `sha256:…`.
    pub revision: String,
}

/// `GET /api/v1/accounts/{username}/revisions/{from}/diff/{to}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevisionDiff {
    /// The one that is compared.
    pub from: RevisionLabel,
    /// The one it is compared with.
    pub to: RevisionLabel,
    /// Field by field.
    pub changes: Vec<FieldChange>,
    /// How many further differences there are, beyond what fits an answer.
    pub more_changes: u32,
}

/// `POST /api/v1/accounts/{username}/rollback`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// To what it goes back: a number of its history, or the beginning of a hash.
    #[schema(value_type = String, example = "12")]
    pub revision: RevisionName,
    /// Whether its names may lie below or above another account's domains, or be some that another account gave up lately. Admins
    /// only.
    #[serde(default)]
    pub allow_below_foreign: bool,
}

/// Query of `GET /api/v1/accounts/{username}/revisions/{revision}/plan`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RollbackPlanQuery {
    /// As in the rollback itself.
    #[serde(default)]
    pub allow_below_foreign: bool,
}
