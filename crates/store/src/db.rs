//! Opening a database, and transactions.

use crate::error::StoreError;
use crate::migrations::Migrator;
use nusantara_types::Timestamp;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// Connections to one database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    /// Where writes go. On SQLite a single connection: writers queue here, in order, instead of polling a locked file.
    pub(crate) writer: DatabaseConnection,
    /// Where reads go. On SQLite further connections, which WAL lets read while the writer writes.
    pub(crate) reader: DatabaseConnection,
    audited: Arc<Notify>,
}

/// A transaction; rolled back when dropped without [`Tx::commit`].
#[derive(Debug)]
pub struct Tx {
    pub(crate) inner: DatabaseTransaction,
    wrote_audit: AtomicBool,
    audited: Arc<Notify>,
}

/// How long a connection waits for a free one of its pool, or SQLite for another process's lock.
const PATIENCE: Duration = Duration::from_secs(10);

impl Store {
    /// Opens the database at `url` (`sqlite:`, `postgres:` or `mysql:`), makes it when it is a file that is missing, and brings
    /// its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Url`] or what the database says.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let writer = match url.split(':').next() {
            Some("sqlite") => sqlite(url, 1, false).await?,
            Some("postgres" | "postgresql" | "mysql") => server(url).await?,
            _ => return Err(StoreError::Url),
        };
        migrate(&writer).await?;
        let reader = match writer.get_database_backend() {
            DbBackend::Sqlite => sqlite(url, 4, true).await?,
            _ => writer.clone(),
        };
        Ok(Self { writer, reader, audited: Arc::new(Notify::new()) })
    }

    /// Whether other panels may use the same database: whether it is more than a file of this one.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.writer.get_database_backend() != DbBackend::Sqlite
    }

    /// Begins a transaction that means to write.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        // A SQLite transaction that reads before it writes is refused when another one wrote meanwhile; saying at once that it
        // will write avoids that. Others need no such word.
        let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        let inner = self.writer.begin_with_options(options).await?;
        Ok(Tx { inner, wrote_audit: AtomicBool::new(false), audited: Arc::clone(&self.audited) })
    }

    /// Resolves after audit rows were committed by this process. A wake-up may stand for several.
    pub async fn audited(&self) {
        self.audited.notified().await;
    }

    /// Closes every connection, after the statements under way.
    pub async fn close(&self) {
        // Both pools are closed even when one complains; there is nobody left to tell.
        let _ = self.writer.close_by_ref().await;
        let _ = self.reader.close_by_ref().await;
    }
}

impl Tx {
    /// Makes everything of this transaction durable.
    ///
    /// # Errors
    /// What the database says; then nothing of it happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.inner.commit().await?;
        if self.wrote_audit.load(Ordering::Relaxed) {
            self.audited.notify_one();
        }
        Ok(())
    }

    pub(crate) fn mark_audited(&self) {
        self.wrote_audit.store(true, Ordering::Relaxed);
    }
}

fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false).acquire_timeout(PATIENCE).connect_timeout(PATIENCE);
    options
        .map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(is_free(connection)))
        .map_sqlx_postgres_before_acquire(|connection, _| Box::pin(is_free(connection)))
        .map_sqlx_mysql_before_acquire(|connection, _| Box::pin(is_free(connection)));
    options
}

/// Whether a connection has no transaction left open. One whose COMMIT or ROLLBACK failed, as on a full disk, has: whatever is done
/// on it next would be acknowledged and never committed (`crates/testhost/tests/full_disk.rs` sees that it is not). It is closed
/// instead, and another one opened.
async fn is_free<C: sqlx::Connection>(connection: &mut C) -> Result<bool, sqlx::Error> {
    // A rollback that is still under way is over when this is answered.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

async fn sqlite(url: &str, connections: u32, read_only: bool) -> Result<DatabaseConnection, StoreError> {
    use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
    let mut options = options(url);
    options.max_connections(connections).min_connections(1).idle_timeout(Duration::from_secs(60));
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .create_if_missing(!read_only)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL, not NORMAL: what the audit trail says to have begun must survive a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            // KiB of page cache for each connection; the default of 2 MiB is memory an idle panel does not need.
            .pragma("cache_size", "-512");
        if read_only { sqlite.pragma("query_only", "on") } else { sqlite }
    });
    Ok(Database::connect(options).await?)
}

async fn server(url: &str) -> Result<DatabaseConnection, StoreError> {
    let mut options = options(url);
    options.max_connections(16).min_connections(0).idle_timeout(Duration::from_secs(60));
    Ok(Database::connect(options).await?)
}

/// Brings the schema up to date. Panels that share a database server take turns: the second finds nothing left to do.
async fn migrate(db: &DatabaseConnection) -> Result<(), StoreError> {
    const LOCK: &str = "nusantara_panel_migrations";
    match db.get_database_backend() {
        DbBackend::Postgres => {
            let turn = db.begin().await?;
            turn.execute_unprepared("select pg_advisory_xact_lock(7232717261)").await?;
            Migrator::up(db, None).await?;
            turn.commit().await?;
        }
        DbBackend::MySql => {
            let turn = db.begin().await?;
            turn.execute_unprepared(&format!("select get_lock('{LOCK}', 60)")).await?;
            let migrated = Migrator::up(db, None).await;
            turn.execute_unprepared(&format!("select release_lock('{LOCK}')")).await?;
            turn.commit().await?;
            migrated?;
        }
        _ => Migrator::up(db, None).await?,
    }
    Ok(())
}

/// Cuts a time to what every database keeps, so that a value read back equals the value written.
pub(crate) fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_types::{Clock, SystemClock};

    async fn set(store: &Store, name: &str, value: &str) -> Result<(), StoreError> {
        let tx = store.begin().await?;
        tx.setting_set(name, value, SystemClock.now()).await?;
        tx.commit().await
    }

    #[tokio::test]
    async fn a_database_without_room_says_so_and_goes_on_when_there_is_some() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/p.db", folder.path().display())).await.unwrap();
        // Not below what it has already: from here on it cannot grow.
        store.writer.execute_unprepared("pragma max_page_count = 1").await.unwrap();
        let mut failed = None;
        for n in 0..100 {
            if let Err(error) = set(&store, &format!("s{n}"), &"x".repeat(4_000)).await {
                failed = Some(error);
                break;
            }
        }
        assert!(matches!(failed, Some(StoreError::Full(_))), "{failed:?}");
        store.writer.execute_unprepared("pragma max_page_count = 1000000").await.unwrap();
        set(&store, "after", "yes").await.unwrap();
        assert_eq!(store.setting_get("after").await.unwrap().as_deref(), Some("yes"));
    }
}
