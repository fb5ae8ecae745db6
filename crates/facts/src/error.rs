//! The one error of this crate.

use std::path::Path;

/// Something could not be observed.
#[derive(Debug, thiserror::Error)]
#[error("cannot observe {what}: {why}")]
pub struct FactsError {
    /// What was looked at, such as `/etc/os-release`.
    pub what: String,
    /// What the kernel said, or what the text lacks.
    pub why: String,
}

/// Everything this crate answers with.
pub type Result<T> = std::result::Result<T, FactsError>;

impl FactsError {
    pub(crate) fn new(what: impl AsRef<Path>, why: impl ToString) -> Self {
        Self { what: what.as_ref().display().to_string(), why: why.to_string() }
    }
}
