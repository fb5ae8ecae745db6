//! Remembered answers to creates, so that a request sent twice is carried out once.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::idempotency_keys::{ActiveModel, Column, Entity};
use nusantara_types::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// What was answered the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentReply {
    /// SHA-256 of the caller, the route and the key, in hex.
    pub key_hash: String,
    /// SHA-256 of the request's values, in hex.
    pub body_hash: String,
    /// HTTP status.
    pub status: u16,
    /// The answer's JSON.
    pub response: String,
    /// When.
    pub created_at: Timestamp,
}

impl Store {
    /// The remembered answer under a key.
    ///
    /// # Errors
    /// What the database says.
    pub async fn idempotent_reply(&self, key_hash: &str) -> Result<Option<IdempotentReply>, StoreError> {
        let row = Entity::find_by_id(key_hash.to_owned()).one(&self.reader).await?;
        Ok(row.map(|row| IdempotentReply {
            key_hash: row.key_hash,
            body_hash: row.body_hash,
            status: u16::try_from(row.status).unwrap_or_default(),
            response: row.response,
            created_at: row.created_at,
        }))
    }

    /// Forgets answers from before `before`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn idempotent_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(Entity::delete_many().filter(Column::CreatedAt.lt(micros(before))).exec(&self.writer).await?.rows_affected)
    }
}

impl Tx {
    /// Remembers an answer, together with the change it speaks of.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the same key came in between.
    pub async fn idempotent_insert(&self, reply: &IdempotentReply) -> Result<(), StoreError> {
        let row = ActiveModel {
            key_hash: Set(reply.key_hash.clone()),
            body_hash: Set(reply.body_hash.clone()),
            status: Set(i32::from(reply.status)),
            response: Set(reply.response.clone()),
            created_at: Set(micros(reply.created_at)),
        };
        Entity::insert(row).exec_without_returning(&self.inner).await.map_err(StoreError::unique("the idempotency key"))?;
        Ok(())
    }
}
