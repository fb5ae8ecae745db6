//! Named values of the panel itself.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::settings::{ActiveModel, Column, Entity};
use nusantara_types::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeMap;

impl Store {
    /// A value.
    ///
    /// # Errors
    /// What the database says.
    pub async fn setting_get(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(Entity::find_by_id(name.to_owned()).one(&self.reader).await?.map(|row| row.value))
    }

    /// The values whose names begin so, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn setting_list(&self, prefix: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let rows = Entity::find().filter(Column::Name.starts_with(prefix)).all(&self.reader).await?;
        // A database may take letters of either case for the same.
        Ok(rows.into_iter().filter(|row| row.name.starts_with(prefix)).map(|row| (row.name, row.value)).collect())
    }
}

impl Tx {
    /// A value.
    ///
    /// # Errors
    /// What the database says.
    pub async fn setting_get(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(Entity::find_by_id(name.to_owned()).one(&self.inner).await?.map(|row| row.value))
    }

    /// Sets a value.
    ///
    /// # Errors
    /// What the database says.
    pub async fn setting_set(&self, name: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
        let row = ActiveModel { name: Set(name.to_owned()), value: Set(value.to_owned()), updated_at: Set(micros(now)) };
        let over = OnConflict::column(Column::Name).update_columns([Column::Value, Column::UpdatedAt]).to_owned();
        Entity::insert(row).on_conflict(over).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// Removes a value; whether it was there.
    ///
    /// # Errors
    /// What the database says.
    pub async fn setting_delete(&self, name: &str) -> Result<bool, StoreError> {
        Ok(Entity::delete_by_id(name.to_owned()).exec(&self.inner).await?.rows_affected == 1)
    }
}
