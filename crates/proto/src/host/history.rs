//! The past of an account's spec: what was applied when and by whom, what is different, and going back.

use super::ChangeAction;
use nusantara_types::{Revision, RevisionName, Timestamp, Username};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A field of the six files that is different. What is secret is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// The file of the six, such as `services.json`.
    pub file: String,
    /// The field in it, such as `nodejs.apps[shop].instances`.
    pub field: String,
    /// Whether it came, changed or went.
    pub action: ChangeAction,
    /// What it was; null where there was nothing, or where it is not shown.
    pub before: Value,
    /// What it is; likewise.
    pub after: Value,
    /// Whether its values are not shown: hashes of passwords, values of apps' environments.
    pub hidden: bool,
}

/// An applied revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevisionEntry {
    /// Its number in the account's history, from 1.
    pub number: u32,
    /// Its hash.
    pub revision: Revision,
    /// Whether it is the one in force.
    pub current: bool,
    /// When it was applied.
    pub at: Option<Timestamp>,
    /// By whom.
    pub actor: Option<String>,
    /// The operation that did.
    pub action: Option<String>,
    /// What is different from the one before it, in short: parts that came or went are named as a whole, without values.
    pub changes: Vec<FieldChange>,
    /// How many further differences there are.
    pub more_changes: u32,
}

/// A revision as an answer names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevisionLabel {
    /// Its number; none for files that are not applied.
    pub number: Option<u32>,
    /// Its hash.
    pub revision: Revision,
}

/// What is different between two revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevisionDiff {
    /// The one that is compared.
    pub from: RevisionLabel,
    /// The one it is compared with.
    pub to: RevisionLabel,
    /// Field by field.
    pub changes: Vec<FieldChange>,
    /// How many further differences there are, beyond what fits a message.
    pub more_changes: u32,
}

/// Arguments of [`Operation::AccountRollback`](super::Operation::AccountRollback).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRollback {
    /// Which.
    pub username: Username,
    /// To what it goes back.
    pub to: RevisionName,
    /// Whether its names may lie below or above another account's domains, or be some that another account gave up lately.
    pub below_foreign: bool,
}
