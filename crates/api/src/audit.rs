//! The audit trail.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A row of the audit trail. An effect has a `begin` row before it and an outcome row after it, joined by `request_id`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Place in the chain, from 1.
    pub id: i64,
    /// Who.
    pub actor: String,
    /// What, such as `account.create`.
    pub action: String,
    /// `begin`, `success`, `failed` or `interrupted`.
    pub phase: String,
    /// Kind of thing.
    pub target_type: String,
    /// Which thing.
    pub target_id: String,
    /// Joins begin and outcome, and the host daemon's own ledger.
    pub request_id: String,
    /// Further facts; never secrets.
    pub metadata: serde_json::Value,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Hash of the row before.
    pub prev_hash: String,
    /// Hash of this row.
    pub hash: String,
}

/// Query of `GET /api/v1/audit-logs`; newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only by this actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Only this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only about this thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Only from this moment on (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only before this moment (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuditFormat {
    /// One JSON object a line: what `nusantara audit verify --file` checks.
    #[default]
    Jsonl,
    /// For spreadsheets (RFC 4180): a cell that would begin a formula there has an apostrophe before it.
    Csv,
}

/// Query of `GET /api/v1/audit-logs/export`; oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditExportQuery {
    /// `jsonl` when absent.
    #[serde(default)]
    #[param(inline)]
    pub format: AuditFormat,
    /// Only by this actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Only this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only about this thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Only from this moment on (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only before this moment (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// What a check of the whole trail found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditVerdict {
    /// Whether every row fits, and every seal.
    pub intact: bool,
    /// Rows, when it is intact.
    pub rows: Option<i64>,
    /// Hash of the newest row, when it is intact.
    pub hash: Option<String>,
    /// The first row that does not fit.
    pub broken_row: Option<i64>,
    /// What is wrong with it.
    pub broken_why: Option<String>,
    /// The newest row that the host daemon has signed; rows after it are held by the chain alone.
    pub sealed_row: Option<i64>,
    /// When it signed it.
    pub sealed_at: Option<DateTime<Utc>>,
    /// The public key of seals, in hex; absent when the host daemon could not be asked.
    pub key: Option<String>,
    /// The trail and the host daemon's ledger held against each other; absent when the host daemon could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<AuditJoin>,
    /// When this was found.
    pub checked_at: DateTime<Utc>,
}

/// The audit trail and the host daemon's ledger, joined by request id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditJoin {
    /// How far back; none while the ledger is empty.
    pub since: Option<DateTime<Utc>>,
    /// Operations in the ledger since then.
    pub operations: usize,
    /// What one of the two has alone; at most 100.
    pub halves: Vec<AuditHalf>,
    /// How many more there are.
    pub more: usize,
}

/// Which of the two has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditSide {
    /// The host daemon did it, and nobody wrote into the trail that it would.
    Ledger,
    /// The trail says that it was done, and the host daemon never heard of it.
    Trail,
}

/// What has no partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditHalf {
    /// Who has it.
    pub side: AuditSide,
    /// Its request.
    pub request_id: String,
    /// The operation, or the action of the trail.
    pub what: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The row of the trail.
    pub row: Option<i64>,
}

/// `POST /api/v1/audit-logs/begin-anew`; for root at the local socket.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditBegin {
    /// Why, in one line of at most 500 characters.
    pub reason: String,
    /// The row that the host daemon sealed last before its seals were put aside.
    pub sealed_row: Option<i64>,
    /// Its hash.
    pub sealed_hash: Option<String>,
}

/// Where the trail goes on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditBegun {
    /// The row that says so.
    pub row: i64,
    /// Whether the host daemon has sealed it already.
    pub sealed: bool,
}
