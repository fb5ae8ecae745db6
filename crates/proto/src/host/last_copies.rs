//! Last copies of accounts that were deleted.

use nusantara_types::{Timestamp, Username};
use serde::{Deserialize, Serialize};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastCopy {
    /// Whose files they were.
    pub username: Username,
    /// When the deletion was asked for.
    pub asked_at: Timestamp,
    /// Its size.
    pub bytes: u64,
    /// Where it lies on the host, for root alone.
    pub path: String,
}
