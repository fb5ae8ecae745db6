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
}
