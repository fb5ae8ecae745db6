//! Counts of failed logins, by bucket. What a bucket is and what a count costs is the panel's to say.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::login_attempts::{ActiveModel, Column, Entity};
use nusantara_types::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// The state of one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginAttempt {
    /// Which.
    pub bucket: String,
    /// Failures so far.
    pub failures: u32,
    /// No further attempt before this.
    pub blocked_until: Option<Timestamp>,
    /// The last attempt.
    pub last_at: Timestamp,
}

impl Store {
    /// Forgets buckets without an attempt since `before`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_attempt_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(Entity::delete_many().filter(Column::LastAt.lt(micros(before))).exec(&self.writer).await?.rows_affected)
    }
}

impl Tx {
    /// One bucket.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_attempt_get(&self, bucket: &str) -> Result<Option<LoginAttempt>, StoreError> {
        let row = Entity::find_by_id(bucket.to_owned()).one(&self.inner).await?;
        Ok(row.map(|row| LoginAttempt {
            bucket: row.bucket,
            failures: u32::try_from(row.failures).unwrap_or_default(),
            blocked_until: row.blocked_until,
            last_at: row.last_at,
        }))
    }

    /// Writes one bucket.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_attempt_put(&self, attempt: &LoginAttempt) -> Result<(), StoreError> {
        let row = ActiveModel {
            bucket: Set(attempt.bucket.clone()),
            failures: Set(i32::try_from(attempt.failures).unwrap_or(i32::MAX)),
            blocked_until: Set(attempt.blocked_until.map(micros)),
            last_at: Set(micros(attempt.last_at)),
        };
        let over = OnConflict::column(Column::Bucket).update_columns([Column::Failures, Column::BlockedUntil, Column::LastAt]).to_owned();
        Entity::insert(row).on_conflict(over).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// Forgets one bucket.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_attempt_clear(&self, bucket: &str) -> Result<(), StoreError> {
        Entity::delete_by_id(bucket.to_owned()).exec(&self.inner).await?;
        Ok(())
    }

    /// Forgets every bucket whose name begins so; how many there were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_attempt_clear_all(&self, beginning: &str) -> Result<u64, StoreError> {
        let all = Entity::delete_many().filter(Column::Bucket.starts_with(beginning));
        Ok(all.exec(&self.inner).await?.rows_affected)
    }
}
