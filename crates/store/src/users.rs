//! Logins of the panel.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::users::{ActiveModel, Column, Entity, Model};
use crate::text_enum::text_enum;
use nusantara_types::{Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

text_enum! {
    /// Built-in roles.
    Role, "role" {
        /// Everything.
        Admin = "admin",
        /// Works on accounts.
        Operator = "operator",
        /// Sees.
        Viewer = "viewer",
        /// Owns accounts.
        User = "user",
    }
}

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Its id.
    pub id: UserId,
    /// Its name, lower-case.
    pub username: String,
    /// PHC string of its password.
    pub password_hash: String,
    /// Its role.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody last logged in with it.
    pub last_login_at: Option<Timestamp>,
}

impl TryFrom<Model> for UserRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: UserId(row.id),
            role: Role::parse(&row.role)?,
            username: row.username,
            password_hash: row.password_hash,
            created_at: row.created_at,
            last_login_at: row.last_login_at,
        })
    }
}

impl Store {
    /// How many logins there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_count(&self) -> Result<u64, StoreError> {
        Ok(Entity::find().count(&self.reader).await?)
    }

    /// A login by its name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_by_name(&self, username: &str) -> Result<Option<UserRecord>, StoreError> {
        Entity::find().filter(Column::Username.eq(username)).one(&self.reader).await?.map(UserRecord::try_from).transpose()
    }
}

impl Tx {
    /// How many logins there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_count(&self) -> Result<u64, StoreError> {
        Ok(Entity::find().count(&self.inner).await?)
    }

    /// Adds a login.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the name is.
    pub async fn user_insert(&self, user: &UserRecord) -> Result<(), StoreError> {
        let at = micros(user.created_at);
        let row = ActiveModel {
            id: Set(user.id.0),
            username: Set(user.username.clone()),
            password_hash: Set(user.password_hash.clone()),
            role: Set(user.role.as_str().to_owned()),
            created_at: Set(at),
            updated_at: Set(at),
            last_login_at: Set(user.last_login_at.map(micros)),
            generation: Set(1),
        };
        Entity::insert(row).exec_without_returning(&self.inner).await.map_err(StoreError::unique("the name"))?;
        Ok(())
    }

    /// Notes a login.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_seen(&self, id: UserId, now: Timestamp) -> Result<(), StoreError> {
        use sea_orm::sea_query::Expr;
        let update = Entity::update_many().col_expr(Column::LastLoginAt, Expr::value(micros(now)));
        update.filter(Column::Id.eq(id.0)).exec(&self.inner).await?;
        Ok(())
    }
}
