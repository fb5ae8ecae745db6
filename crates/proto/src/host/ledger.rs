//! The host daemon's ledger, as far as others may know it: that something was asked and how it ended, not with which values.

use nusantara_types::{RequestId, Timestamp};
use serde::{Deserialize, Serialize};

/// Some lines of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerPage {
    /// In their order.
    pub lines: Vec<LedgerLine>,
    /// Where to go on.
    pub next: u64,
    /// Whether this was the end of the ledger.
    pub end: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerLine {
    /// When it was written.
    pub at: Timestamp,
    /// Which request.
    pub request: RequestId,
    /// Before or after.
    pub phase: LedgerPhase,
}

/// Where in the life of a request a line stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LedgerPhase {
    /// It was asked for, and its first effect comes.
    Begin {
        /// What, such as `account_create`.
        operation: String,
        /// The request that it is a part of.
        within: Option<RequestId>,
    },
    /// It ended.
    End {
        /// Whether it was done.
        done: bool,
    },
}
