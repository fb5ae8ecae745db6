//! The one error of this crate.

use sea_orm::{DbErr, SqlErr};

/// Why the store did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A name or key is taken already.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// The row changed, or went, since it was read.
    #[error("{0} changed meanwhile")]
    Stale(&'static str),
    /// A row holds what this version does not understand.
    #[error("the database holds a {what} that cannot be read: {why}")]
    Corrupt {
        /// The table or column.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The address names no database that this build speaks.
    #[error("database_url must start with sqlite:, postgres: or mysql:")]
    Url,
    /// The database said no.
    #[error("the database refused: {0}")]
    Database(#[from] DbErr),
}

impl StoreError {
    /// Turns a violated uniqueness into [`StoreError::Taken`].
    pub(crate) fn unique(what: &'static str) -> impl FnOnce(DbErr) -> Self {
        move |error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Taken(what),
            _ => Self::Database(error),
        }
    }

    /// For a stored value that does not parse.
    pub(crate) fn corrupt(what: &'static str) -> impl FnOnce(nusantara_types::Invalid) -> Self {
        move |why| Self::Corrupt { what, why: why.to_string() }
    }
}

/// Refuses an update that did not hit exactly one row.
pub(crate) fn expect_one(rows: u64, what: &'static str) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Stale(what)) }
}
