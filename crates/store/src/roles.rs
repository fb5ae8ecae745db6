//! Roles that were made here, beside the built-in ones.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::roles::{ActiveModel, Column, Entity, Model};
use crate::text_enum::text_enum;
use nusantara_types::{RoleName, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, QueryOrder};

text_enum! {
    /// Whose objects a role is about.
    Sees, "reach of a role" {
        /// All of them.
        All = "all",
        /// Those of accounts that the login has a part in.
        Own = "own",
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRecord {
    /// Its name.
    pub name: RoleName,
    /// Whose objects it is about.
    pub sees: Sees,
    /// What it allows, as `module:verb`.
    pub permissions: Vec<String>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl TryFrom<Model> for RoleRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            name: row.name.parse().map_err(StoreError::corrupt("role name"))?,
            sees: Sees::parse(&row.sees)?,
            permissions: strings("role permissions", &row.permissions)?,
            updated_at: row.updated_at,
        })
    }
}

/// A JSON array of words.
pub(crate) fn strings(what: &'static str, json: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(json).map_err(|e| StoreError::Corrupt { what, why: e.to_string() })
}

/// The array's text.
pub(crate) fn array(words: &[String]) -> String {
    serde_json::Value::from(words.to_vec()).to_string()
}

async fn get(db: &impl ConnectionTrait, name: &RoleName) -> Result<Option<RoleRecord>, StoreError> {
    Entity::find_by_id(name.as_str().to_owned()).one(db).await?.map(RoleRecord::try_from).transpose()
}

impl Store {
    /// One role.
    ///
    /// # Errors
    /// What the database says.
    pub async fn role_get(&self, name: &RoleName) -> Result<Option<RoleRecord>, StoreError> {
        get(&self.reader, name).await
    }

    /// All of them, in order of name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn role_list(&self) -> Result<Vec<RoleRecord>, StoreError> {
        let rows = Entity::find().order_by_asc(Column::Name).all(&self.reader).await?;
        rows.into_iter().map(RoleRecord::try_from).collect()
    }
}

impl Tx {
    /// One role.
    ///
    /// # Errors
    /// What the database says.
    pub async fn role_get(&self, name: &RoleName) -> Result<Option<RoleRecord>, StoreError> {
        get(&self.inner, name).await
    }

    /// How many there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn role_count(&self) -> Result<u64, StoreError> {
        Ok(Entity::find().count(&self.inner).await?)
    }

    /// Makes a role, or changes it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn role_put(&self, role: &RoleRecord, now: Timestamp) -> Result<(), StoreError> {
        let row = ActiveModel {
            name: Set(role.name.as_str().to_owned()),
            sees: Set(role.sees.as_str().to_owned()),
            permissions: Set(array(&role.permissions)),
            created_at: Set(micros(now)),
            updated_at: Set(micros(now)),
        };
        let over = OnConflict::column(Column::Name).update_columns([Column::Sees, Column::Permissions, Column::UpdatedAt]).to_owned();
        Entity::insert(row).on_conflict(over).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// Removes a role; whether it was there.
    ///
    /// # Errors
    /// What the database says.
    pub async fn role_delete(&self, name: &RoleName) -> Result<bool, StoreError> {
        Ok(Entity::delete_by_id(name.as_str().to_owned()).exec(&self.inner).await?.rows_affected == 1)
    }
}
