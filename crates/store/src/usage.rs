//! What accounts used over time: one row for each account and look, with counters as the host counts them.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::accounts;
use crate::rows::usage_samples::{ActiveModel, Column, Entity, Model};
use nusantara_types::{Timestamp, Username};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashSet;

/// Rows that one statement writes: 11 values each, within the 500 that a statement may carry.
const ROWS: usize = 40;
/// Names that one statement asks for.
const NAMES: usize = 200;

/// What an account used at one time. Counters count from when its slice came up and fall back to 0 with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageSample {
    /// Whose.
    pub account: Username,
    /// When.
    pub taken_at: Timestamp,
    /// Microseconds of CPU.
    pub cpu_usec: u64,
    /// Microseconds for which it was held back.
    pub cpu_throttled_usec: u64,
    /// Bytes of memory then.
    pub memory_bytes: u64,
    /// Processes killed for want of memory.
    pub oom_kills: u64,
    /// Processes and threads then.
    pub tasks: u64,
    /// Bytes read from disks.
    pub io_read_bytes: u64,
    /// Bytes written to disks.
    pub io_write_bytes: u64,
    /// Bytes on disk then.
    pub disk_bytes: Option<u64>,
    /// Bytes sent to visitors in that calendar month so far.
    pub sent_bytes: u64,
}

fn column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn value(column: i64) -> u64 {
    u64::try_from(column).unwrap_or_default()
}

impl TryFrom<Model> for UsageSample {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            account: row.account.parse().map_err(StoreError::corrupt("usage account"))?,
            taken_at: row.taken_at,
            cpu_usec: value(row.cpu_usec),
            cpu_throttled_usec: value(row.cpu_throttled_usec),
            memory_bytes: value(row.memory_bytes),
            oom_kills: value(row.oom_kills),
            tasks: value(row.tasks),
            io_read_bytes: value(row.io_read_bytes),
            io_write_bytes: value(row.io_write_bytes),
            disk_bytes: row.disk_bytes.map(value),
            sent_bytes: value(row.sent_bytes),
        })
    }
}

fn row(sample: &UsageSample) -> ActiveModel {
    ActiveModel {
        account: Set(sample.account.as_str().to_owned()),
        taken_at: Set(micros(sample.taken_at)),
        cpu_usec: Set(column(sample.cpu_usec)),
        cpu_throttled_usec: Set(column(sample.cpu_throttled_usec)),
        memory_bytes: Set(column(sample.memory_bytes)),
        oom_kills: Set(column(sample.oom_kills)),
        tasks: Set(column(sample.tasks)),
        io_read_bytes: Set(column(sample.io_read_bytes)),
        io_write_bytes: Set(column(sample.io_write_bytes)),
        disk_bytes: Set(sample.disk_bytes.map(column)),
        sent_bytes: Set(column(sample.sent_bytes)),
    }
}

impl Store {
    /// An account's samples from `from` on, oldest first, and before them the last one from before.
    ///
    /// # Errors
    /// What the database says.
    pub async fn usage_since(&self, account: &Username, from: Timestamp) -> Result<Vec<UsageSample>, StoreError> {
        let mine = || Entity::find().filter(Column::Account.eq(account.as_str()));
        let earlier = mine().filter(Column::TakenAt.lt(micros(from))).order_by_desc(Column::TakenAt).one(&self.reader).await?;
        let later = mine().filter(Column::TakenAt.gte(micros(from))).order_by_asc(Column::TakenAt).all(&self.reader).await?;
        earlier.into_iter().chain(later).map(UsageSample::try_from).collect()
    }

    /// Forgets samples from before `before`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn usage_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(Entity::delete_many().filter(Column::TakenAt.lt(micros(before))).exec(&self.writer).await?.rows_affected)
    }
}

impl Tx {
    /// Adds samples. Those of accounts that are gone meanwhile are left out, and where another panel was quicker its sample
    /// stays.
    ///
    /// # Errors
    /// What the database says.
    pub async fn usage_insert(&self, samples: &[UsageSample]) -> Result<(), StoreError> {
        let known = self.known(samples).await?;
        let rows: Vec<&UsageSample> = samples.iter().filter(|sample| known.contains(sample.account.as_str())).collect();
        for page in rows.chunks(ROWS) {
            let once = OnConflict::columns([Column::Account, Column::TakenAt]).do_nothing_on([Column::Account, Column::TakenAt]).to_owned();
            Entity::insert_many(page.iter().map(|sample| row(sample))).on_conflict(once).exec_without_returning(&self.inner).await?;
        }
        Ok(())
    }

    /// The accounts of these samples that are still in the index.
    async fn known(&self, samples: &[UsageSample]) -> Result<HashSet<String>, StoreError> {
        let mut known = HashSet::new();
        for page in samples.chunks(NAMES) {
            let names: Vec<String> = accounts::Entity::find()
                .select_only()
                .column(accounts::Column::Username)
                .filter(accounts::Column::Username.is_in(page.iter().map(|sample| sample.account.as_str())))
                .into_tuple()
                .all(&self.inner)
                .await?;
            known.extend(names);
        }
        Ok(known)
    }
}
