//! Last copies of accounts that were deleted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A last copy. It lies on the host, where root alone may read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LastCopy {
    /// The account that it is of.
    pub username: String,
    /// When the deletion was asked for.
    pub deleted_at: DateTime<Utc>,
    /// When it goes.
    pub expires_at: DateTime<Utc>,
    /// Its size.
    pub size_bytes: u64,
    /// Where it lies on the host: an archive for tar(1) with `spec/` and `home/`.
    pub path: String,
}

/// All of them, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LastCopyList {
    /// At most 500.
    pub items: Vec<LastCopy>,
    /// For how many days each is kept: `last_copy_days` of hostd.toml.
    pub kept_days: u16,
}
