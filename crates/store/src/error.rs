//! The one error of this crate.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

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
    /// The database has no room left; nothing was written.
    #[error("the database has no room left: {0}")]
    Full(DbErr),
    /// The disk of the database reports errors; nothing was written.
    #[error("the database cannot use its disk: {0}")]
    Disk(DbErr),
    /// The database does not answer. Of a transaction that was being committed nobody knows whether it was.
    #[error("the database does not answer: {0}")]
    Away(DbErr),
    /// The database said no.
    #[error("the database refused: {0}")]
    Database(DbErr),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if is_away(&error) {
            return Self::Away(error);
        }
        let (code, said) = of_the_database(&error).unwrap_or_default();
        let sqlite = code.parse::<u32>().ok();
        // SQLITE_FULL, SQLITE_IOERR_SHMSIZE (what a full disk also ends in), PostgreSQL's disk_full; MariaDB passes on the words.
        if matches!(code.as_str(), "13" | "4874" | "53100") || said.contains("No space left on device") {
            return Self::Full(error);
        }
        // SQLITE_IOERR and SQLITE_READONLY with whatever is said besides, PostgreSQL's io_error.
        if code == "58030" || sqlite.is_some_and(|code| code < 10_000 && matches!(code & 0xff, 8 | 10)) {
            return Self::Disk(error);
        }
        Self::Database(error)
    }
}

/// Whether it comes of a connection that broke, or could not be made.
fn is_away(error: &DbErr) -> bool {
    if let DbErr::ConnectionAcquire(_) = error {
        return true;
    }
    match of_the_driver(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed) => true,
        Some(sqlx::Error::Database(said)) => {
            // SQLSTATE: class 08 of the standard, connections; of PostgreSQL, going down or coming up, and too many connections.
            let code = said.code().unwrap_or_default();
            code.len() == 5 && (code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03" | "53300"))
        }
        _ => false,
    }
}

fn of_the_driver(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => Some(inner),
        _ => None,
    }
}

/// The code and the words that the database itself gave.
fn of_the_database(error: &DbErr) -> Option<(String, String)> {
    let said = of_the_driver(error)?.as_database_error()?;
    Some((said.code().unwrap_or_default().into_owned(), said.message().to_owned()))
}

impl StoreError {
    /// Whether the database does not answer: then who works by himself just tries again later, and somebody else says so once.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// Turns a violated uniqueness into [`StoreError::Taken`].
    pub(crate) fn unique(what: &'static str) -> impl FnOnce(DbErr) -> Self {
        move |error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Taken(what),
            _ => Self::from(error),
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
