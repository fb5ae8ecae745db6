//! Why an operation did not happen.

use serde::{Deserialize, Serialize};

/// Why an operation did not happen. `message` is a sentence for people and never holds paths, argv or source chains that the
/// caller has no business with; `detail` is what a tool such as nginx said, meant for the admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(deny_unknown_fields)]
#[error("{code:?}: {message}")]
pub struct OperationError {
    /// For machines.
    pub code: ErrorCode,
    /// The argument at fault.
    pub field: Option<String>,
    /// For people.
    pub message: String,
    /// What the refusing tool said.
    pub detail: Option<String>,
}

impl OperationError {
    /// An error without field or detail.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, field: None, message: message.into(), detail: None }
    }
    /// Names the argument at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
    /// Adds what the refusing tool said.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The frame or its JSON is not a request.
    Malformed,
    /// Another protocol version.
    Version,
    /// A value is well formed but not allowed here.
    Invalid,
    /// No such account, domain or package.
    NotFound,
    /// The name is taken: by an account, a system user or another account's domain.
    Conflict,
    /// A limit of the account's package is reached.
    LimitReached,
    /// Too many requests at once, or the daemon is stopping. Trying again later is right.
    Busy,
    /// The web server's test refused the configuration; nothing live was touched.
    ConfigRefused,
    /// The host did not do as asked (a tool failed); undone.
    HostFailed,
    /// A disk of the host has no room left; undone. Somebody has to make room first.
    DiskFull,
    /// A disk of the host reports errors; undone. Somebody has to look at the disk first.
    DiskError,
    /// The database server that this needs is not installed, or does not answer.
    DatabaseServerMissing,
    /// The last copy could not be made, so nothing was removed.
    CopyFailed,
    /// Undoing failed too; a person has to look. The ledger has the details.
    UndoFailed,
}

impl ErrorCode {
    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(self, Self::Busy)
    }
}
