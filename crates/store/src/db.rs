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
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
    generation: Arc<AtomicU64>,
    presence: Arc<Presence>,
}

/// Whether the database answers, as far as is known, and how to find out.
struct Presence {
    url: String,
    away: AtomicBool,
    doubt: Notify,
}

impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        f.debug_struct("Presence").field("away", &self.away).finish_non_exhaustive()
    }
}

/// A transaction; rolled back when dropped without [`Tx::commit`].
#[derive(Debug)]
pub struct Tx {
    pub(crate) inner: DatabaseTransaction,
    wrote_audit: AtomicBool,
    audited: Arc<Notify>,
    generation: Arc<AtomicU64>,
}

/// How long a connection waits for a free one of its pool, or SQLite for another process's lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same with a database server: so long does whoever asks first wait after it has gone.
const SERVER_PATIENCE: Duration = Duration::from_secs(5);
/// How long a server may take to say that it is there.
const GLANCE: Duration = Duration::from_secs(2);

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
        let presence = Presence { url: url.to_owned(), away: AtomicBool::new(false), doubt: Notify::new() };
        Ok(Self { writer, reader, audited: Arc::new(Notify::new()), generation: Arc::default(), presence: Arc::new(presence) })
    }

    /// Whether other panels may use the same database: whether it is more than a file of this one.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.writer.get_database_backend() != DbBackend::Sqlite
    }

    /// Whether the database was last seen not to answer.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.presence.away.load(Ordering::Relaxed)
    }

    /// Says that somebody got no answer.
    pub fn doubt(&self) {
        self.presence.doubt.notify_one();
    }

    /// Resolves after somebody got no answer.
    pub async fn doubted(&self) {
        self.presence.doubt.notified().await;
    }

    /// Asks the database whether it is there, over a connection of its own, and remembers the answer. A file always is.
    pub async fn look(&self) -> bool {
        let answers = !self.is_shared() || self.reach().await.is_ok();
        self.presence.away.store(!answers, Ordering::Relaxed);
        answers
    }

    async fn reach(&self) -> Result<(), sea_orm::DbErr> {
        let mut options = ConnectOptions::new(&self.presence.url);
        options.sqlx_logging(false).max_connections(1).acquire_timeout(GLANCE).connect_timeout(GLANCE);
        let db = Database::connect(options).await?;
        let answered = db.ping().await;
        db.close().await?;
        answered
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
        let (audited, generation) = (Arc::clone(&self.audited), Arc::clone(&self.generation));
        Ok(Tx { inner, wrote_audit: AtomicBool::new(false), audited, generation })
    }

    /// Another number after every change that this process made: what was read at one is still so while it is the same, as far as this
    /// process alone writes. To be asked for before the reading.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Says that something was changed outside of a transaction.
    pub(crate) fn changed(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Resolves after audit rows were committed by this process. A wake-up may stand for several.
    pub async fn audited(&self) {
        self.audited.notified().await;
    }

    /// Calls `heard` with every statement from now on, without its values: for tests of what a request asks of the database.
    pub fn hear(&mut self, heard: impl Fn(&str) + Clone + Send + Sync + 'static) {
        for connection in [&mut self.writer, &mut self.reader] {
            let heard = heard.clone();
            connection.set_metric_callback(move |said| heard(&said.statement.sql));
        }
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
        let committed = self.inner.commit().await;
        // Also when nobody knows whether it was.
        self.generation.fetch_add(1, Ordering::Release);
        committed?;
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
    // What is done before a connection is handed out asks those that lay idle whether they are there: once is enough.
    options
        .test_before_acquire(false)
        .map_sqlx_sqlite_before_acquire(|connection, seen| Box::pin(is_free(connection, seen.idle_for)))
        .map_sqlx_postgres_before_acquire(|connection, seen| Box::pin(is_free(connection, seen.idle_for)))
        .map_sqlx_mysql_before_acquire(|connection, seen| Box::pin(is_free(connection, seen.idle_for)));
    options
}

/// So long ago a connection was last seen to answer when it is handed out without asking it.
const TRUSTED: Duration = Duration::from_secs(1);

/// Whether a connection has no transaction left open. One whose COMMIT or ROLLBACK failed, as on a full disk, has: whatever is done
/// on it next would be acknowledged and never committed (`crates/testhost/tests/full_disk.rs` sees that it is not). It is closed
/// instead, and another one opened.
async fn is_free<C: sqlx::Connection>(connection: &mut C, idle_for: Duration) -> Result<bool, sqlx::Error> {
    // The pool asks a connection whether it answers when it comes back, which also ends a rollback that was under way. A question for each
    // statement more would be a third of what a read costs.
    if idle_for > TRUSTED {
        connection.ping().await?;
    }
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
    options.acquire_timeout(SERVER_PATIENCE).connect_timeout(SERVER_PATIENCE);
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
