//! Browsers that a login was seen in: an attempt from one of them has a budget of failures of its own.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::known_devices::{ActiveModel, Column, Entity};
use nusantara_types::{Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

impl Store {
    /// The login that a browser, known by the SHA-256 of its token, was seen with.
    ///
    /// # Errors
    /// What the database says.
    pub async fn known_device(&self, token_hash: &str) -> Result<Option<UserId>, StoreError> {
        Ok(Entity::find_by_id(token_hash.to_owned()).one(&self.reader).await?.map(|row| UserId(row.user_id)))
    }

    /// Forgets browsers not seen since `before`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn known_device_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(Entity::delete_many().filter(Column::LastUsedAt.lt(micros(before))).exec(&self.writer).await?.rows_affected)
    }
}

impl Tx {
    /// Notes that a login was seen in a browser.
    ///
    /// # Errors
    /// What the database says.
    pub async fn known_device_put(&self, token_hash: &str, user: UserId, now: Timestamp) -> Result<(), StoreError> {
        let row = ActiveModel { token_hash: Set(token_hash.to_owned()), user_id: Set(user.0), last_used_at: Set(micros(now)) };
        let over = OnConflict::column(Column::TokenHash).update_columns([Column::UserId, Column::LastUsedAt]).to_owned();
        Entity::insert(row).on_conflict(over).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// Forgets the browsers of a login.
    ///
    /// # Errors
    /// What the database says.
    pub async fn known_device_delete_all(&self, user: UserId) -> Result<(), StoreError> {
        Entity::delete_many().filter(Column::UserId.eq(user.0)).exec(&self.inner).await?;
        Ok(())
    }
}
