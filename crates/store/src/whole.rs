//! A database as a whole: what is in it, told the same way whichever database it is, and carried from one to another.
//!
//! What is read is one moment of the database, also while a panel writes; what is filled becomes visible whole or not at all. The
//! digest of a table does not depend on the order of its rows, which the databases see differently.

mod tables;
#[cfg(test)]
mod tests;

use crate::audit::AuditTrail;
use crate::db::Store;
use crate::error::StoreError;
use nusantara_types::audit::AuditBroken;
use sea_orm::{AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, IsolationLevel, TransactionTrait};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
pub use tables::{PortableRow, Table};

/// What is in one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableDigest {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// What they hold, in hex.
    pub digest: String,
}

/// Adds up what is in a table, row by row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    rows: u64,
    digest: [u8; 32],
}

impl Tally {
    /// One more row.
    pub fn add(&mut self, row: &PortableRow) {
        self.rows += 1;
        // No two rows of a table are alike, for they have a key: nothing cancels itself out.
        for (sum, byte) in self.digest.iter_mut().zip(row.digest()) {
            *sum ^= byte;
        }
    }

    /// What was added, as that of `table`.
    #[must_use]
    pub fn of(&self, table: &Table) -> TableDigest {
        TableDigest { table: table.name.to_owned(), rows: self.rows, digest: hex::encode(self.digest) }
    }
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// What is done.
    pub step: &'static str,
    /// With which table.
    pub table: &'static str,
    /// How many rows are done.
    pub rows: u64,
    /// Of how many.
    pub of: u64,
}

/// Whom progress is told.
type Listener<'a> = dyn FnMut(Progress) + Send + 'a;

/// Why a database was not carried over.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// There is something in the other database already, and it is not the same.
    #[error("the other database is not empty: its table {0} has rows")]
    NotEmpty(&'static str),
    /// What arrived is not what was sent.
    #[error("the table {0} is not the same in both databases")]
    Differs(String),
    /// Another panel writes into the database that is to be left.
    #[error("the database changed while it was read: another panel uses it")]
    Changed,
    /// Reading the one that is to be left.
    #[error("the database that is to be left: {0}")]
    Source(StoreError),
    /// Writing the other.
    #[error("the other database: {0}")]
    Target(StoreError),
}

/// What was carried over.
#[derive(Debug)]
pub struct Moved {
    /// Every table.
    pub tables: Vec<TableDigest>,
    /// Whether it was there already, whole, from an earlier time.
    pub was_there: bool,
    /// Whether the audit trail holds there; it is as it was before.
    pub trail: Result<AuditTrail, AuditBroken>,
}

/// One moment of a database.
#[derive(Debug)]
pub struct Snapshot {
    tx: DatabaseTransaction,
}

/// An empty database that is being filled; empty again when dropped without [`Filling::commit`].
#[derive(Debug)]
pub struct Filling {
    tx: DatabaseTransaction,
}

impl Store {
    /// Every table; one that refers to another comes behind it.
    #[must_use]
    pub fn tables() -> Vec<Table> {
        tables::all()
    }

    /// The database as it is now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let tx = match self.reader.get_database_backend() {
            DbBackend::Sqlite => self.reader.begin().await?,
            _ => self.reader.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await?,
        };
        Ok(Snapshot { tx })
    }

    /// Begins to fill an empty database.
    ///
    /// # Errors
    /// [`MoveError::NotEmpty`], or what the database says.
    pub async fn fill(&self) -> Result<Filling, MoveError> {
        let tx = self.begin().await.map_err(MoveError::Target)?.inner;
        let filling = Filling { tx };
        if let Some(table) = filling.first_used().await.map_err(MoveError::Target)? {
            return Err(MoveError::NotEmpty(table));
        }
        filling.tx.execute_unprepared("delete from audit_head").await.map_err(|e| MoveError::Target(e.into()))?;
        Ok(filling)
    }

    /// What is in every table.
    ///
    /// # Errors
    /// What the database says.
    pub async fn digests(&self, step: &'static str, tell: &mut Listener<'_>) -> Result<Vec<TableDigest>, StoreError> {
        let snapshot = self.snapshot().await?;
        let mut digests = Vec::new();
        for table in tables::all() {
            digests.push(snapshot.each(&table, step, tell, async |_| Ok(())).await?);
        }
        Ok(digests)
    }

    /// Carries everything over into an empty database, reads it back there and compares. One that has the same in it already is left
    /// as it is.
    ///
    /// # Errors
    /// Why not; then nothing has changed here, and the other database is empty, or says that it is not.
    pub async fn move_to(&self, target: &Self, tell: &mut Listener<'_>) -> Result<Moved, MoveError> {
        let end = self.audit_end().await.map_err(MoveError::Source)?;
        let (sent, was_there) = match target.fill().await {
            Ok(filling) => (self.send(filling, tell).await?, false),
            Err(MoveError::NotEmpty(table)) => {
                let here = self.digests("compare", tell).await.map_err(MoveError::Source)?;
                let there = target.digests("compare", tell).await.map_err(MoveError::Target)?;
                if here != there {
                    return Err(MoveError::NotEmpty(table));
                }
                (here, true)
            }
            Err(other) => return Err(other),
        };
        let arrived = target.digests("check", tell).await.map_err(MoveError::Target)?;
        if let Some((_, other)) = sent.iter().zip(&arrived).find(|(sent, arrived)| sent != arrived) {
            return Err(MoveError::Differs(other.table.clone()));
        }
        if self.audit_end().await.map_err(MoveError::Source)? != end {
            return Err(MoveError::Changed);
        }
        let trail = target.audit_verify(None).await.map_err(MoveError::Target)?;
        Ok(Moved { tables: sent, was_there, trail })
    }

    async fn send(&self, filling: Filling, tell: &mut Listener<'_>) -> Result<Vec<TableDigest>, MoveError> {
        let snapshot = self.snapshot().await.map_err(MoveError::Source)?;
        let mut sent = Vec::new();
        for table in tables::all() {
            let refused = AtomicBool::new(false);
            let passed_on = async |rows: &[PortableRow]| {
                let added = filling.add(&table, rows).await;
                refused.store(added.is_err(), Ordering::Relaxed);
                added
            };
            let read = snapshot.each(&table, "copy", tell, passed_on).await;
            sent.push(read.map_err(|e| if refused.load(Ordering::Relaxed) { MoveError::Target(e) } else { MoveError::Source(e) })?);
        }
        filling.commit().await.map_err(MoveError::Target)?;
        Ok(sent)
    }
}

impl Snapshot {
    /// Hands over every row of a table, a page at a time, and says what was in it.
    ///
    /// # Errors
    /// What the database says, or `take`.
    pub async fn each(
        &self,
        table: &Table,
        step: &'static str,
        tell: &mut Listener<'_>,
        mut take: impl AsyncFnMut(&[PortableRow]) -> Result<(), StoreError>,
    ) -> Result<TableDigest, StoreError> {
        let of = table.count(&self.tx).await?;
        let mut tally = Tally::default();
        let mut last: Option<PortableRow> = None;
        loop {
            tell(Progress { step, table: table.name, rows: tally.rows, of });
            let page = table.page(&self.tx, last.as_ref()).await?;
            take(&page).await?;
            page.iter().for_each(|row| tally.add(row));
            let Some(end) = page.into_iter().next_back() else { return Ok(tally.of(table)) };
            last = Some(end);
        }
    }
}

impl Filling {
    /// The first table that has rows of somebody.
    async fn first_used(&self) -> Result<Option<&'static str>, StoreError> {
        for table in tables::all() {
            // The end of the trail has its one row from the beginning; what it would name is found in the trail itself.
            if table.name != tables::HEAD && table.count(&self.tx).await? > 0 {
                return Ok(Some(table.name));
            }
        }
        Ok(None)
    }

    /// Adds rows to a table.
    ///
    /// # Errors
    /// What the database says, or that they are no rows of this table.
    pub async fn add(&self, table: &Table, rows: &[PortableRow]) -> Result<(), StoreError> {
        table.insert(&self.tx, rows).await
    }

    /// Makes all of it visible and durable.
    ///
    /// # Errors
    /// What the database says; then the database is empty.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}
