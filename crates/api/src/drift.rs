//! What is not as it should be, and what would put it right.

use crate::accounts::{ActionState, PlannedChange};
use chrono::{DateTime, Utc};
use nusantara_types::DriftId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftItem {
    /// Its stable name, such as `vhost` or `cron.backup`.
    pub item: String,
    /// What it is on the host, such as a path.
    pub target: String,
    /// One line in English.
    pub summary: String,
    /// From what should be (`-`) to what is (`+`), without secrets.
    pub diff: Option<String>,
    /// Whether it can be taken into the account's files.
    pub adoptable: bool,
    /// Why not, in English.
    pub why_not: Option<String>,
}

/// What the caller may do about differences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftActions {
    /// Take what was changed by hand into the account's files.
    pub adopt: ActionState,
    /// Put the account back to what was applied last.
    pub overwrite: ActionState,
}

/// `GET /api/v1/accounts/{username}/drift`: as it is now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DriftReport {
    /// Whose.
    pub username: String,
    /// In the order in which it would be put right; empty when all is as it should be.
    pub items: Vec<DriftItem>,
    /// Why it could not be looked at as a whole, in English.
    pub problem: Option<String>,
    /// Whether what was applied last is kept, so that files which cannot be used can be put back.
    pub restorable: bool,
    /// What the caller may do.
    pub actions: DriftActions,
}

/// `POST /api/v1/accounts/{username}/drift/adopt`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptDrift {
    /// What; all that can be taken when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "user.shell")]
    pub item: Option<DriftId>,
}

/// One thing that was found the last time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftFinding {
    /// Its stable name; `problem` when the account could not be looked at as a whole.
    pub item: String,
    /// What it is on the host.
    pub target: String,
    /// One line in English.
    pub summary: String,
    /// Whether it can be taken into the account's files.
    pub adoptable: bool,
    /// When it was seen first.
    pub found_at: DateTime<Utc>,
}

/// An account of which something was found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DriftedAccount {
    /// Whose.
    pub username: String,
    /// What.
    pub findings: Vec<DriftFinding>,
}

/// `GET /api/v1/drift`: what was found the last time somebody looked. The counts are of all, whichever page it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DriftOverview {
    /// When all was looked at last; null before the first time.
    pub looked_at: Option<DateTime<Utc>>,
    /// How many accounts were looked at then.
    pub looked: u32,
    /// Of how many accounts something was found.
    pub accounts: u32,
    /// How much.
    pub findings: u32,
    /// What all accounts share and is not as it should be, where the caller may know about the host.
    pub host: Vec<DriftItem>,
    /// The accounts, in order of name.
    pub items: Vec<DriftedAccount>,
    /// Pass it to get the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Counts over all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct PlanSummary {
    /// How many accounts were looked at.
    pub accounts: u32,
    /// How many of them a converge would change.
    pub changed: u32,
    /// How many changes that are.
    pub changes: u32,
    /// How many cannot be looked at as a whole.
    pub problems: u32,
}

/// What a converge would change of one account, without details.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlannedAccount {
    /// Whose.
    pub username: String,
    /// In the order they would happen.
    pub changes: Vec<PlannedChange>,
    /// Why it could not be looked at as a whole, in English.
    pub problem: Option<String>,
}

/// `GET /api/v1/plan`: what a converge of all accounts would change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanPage {
    /// Counts over all accounts; on the first page only.
    pub summary: Option<PlanSummary>,
    /// Accounts that are not as their files say, in order of name.
    pub items: Vec<PlannedAccount>,
    /// Pass it to get the next page; null on the last.
    pub next_cursor: Option<String>,
}
