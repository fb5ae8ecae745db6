//! Logins of the panel.

use crate::db::{Store, Tx, micros};
use crate::error::{StoreError, expect_one};
use crate::rows::users::{ActiveModel, Column, Entity, Model};
use nusantara_types::{EmailAddress, RoleName, Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Its id.
    pub id: UserId,
    /// Its name, lower-case.
    pub username: String,
    /// PHC string of its password; empty until the one who was invited has chosen one.
    pub password_hash: String,
    /// Its role.
    pub role: RoleName,
    /// Whom to write to.
    pub email: Option<EmailAddress>,
    /// Since when it lets nobody in.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody last logged in with it.
    pub last_login_at: Option<Timestamp>,
    /// Counts up with every write of the row; a write with an old one is refused.
    pub generation: i64,
}

impl UserRecord {
    /// A new login.
    #[must_use]
    pub const fn new(id: UserId, username: String, password_hash: String, role: RoleName, now: Timestamp) -> Self {
        Self { id, username, password_hash, role, email: None, disabled_at: None, created_at: now, last_login_at: None, generation: 1 }
    }
}

impl TryFrom<Model> for UserRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: UserId(row.id),
            role: row.role.parse().map_err(StoreError::corrupt("user role"))?,
            username: row.username,
            password_hash: row.password_hash,
            email: row.email.map(|e| e.parse()).transpose().map_err(StoreError::corrupt("user email"))?,
            disabled_at: row.disabled_at,
            created_at: row.created_at,
            last_login_at: row.last_login_at,
            generation: row.generation,
        })
    }
}

async fn by_name(db: &impl ConnectionTrait, username: &str) -> Result<Option<UserRecord>, StoreError> {
    Entity::find().filter(Column::Username.eq(username)).one(db).await?.map(UserRecord::try_from).transpose()
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
        by_name(&self.reader, username).await
    }

    /// A login by its id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_get(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        Entity::find_by_id(id.0).one(&self.reader).await?.map(UserRecord::try_from).transpose()
    }

    /// Logins after a name, in order of name, at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_list(&self, after: Option<&str>, limit: u64) -> Result<Vec<UserRecord>, StoreError> {
        let mut select = Entity::find();
        if let Some(after) = after {
            select = select.filter(Column::Username.gt(after));
        }
        let rows = select.order_by_asc(Column::Username).limit(limit).all(&self.reader).await?;
        rows.into_iter().map(UserRecord::try_from).collect()
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

    /// How many logins of a role can be logged in to.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_count_usable(&self, role: &RoleName) -> Result<u64, StoreError> {
        let usable = Entity::find().filter(Column::Role.eq(role.as_str())).filter(Column::DisabledAt.is_null());
        Ok(usable.filter(Column::PasswordHash.ne("")).count(&self.inner).await?)
    }

    /// How many logins have a role.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_count_of(&self, role: &RoleName) -> Result<u64, StoreError> {
        Ok(Entity::find().filter(Column::Role.eq(role.as_str())).count(&self.inner).await?)
    }

    /// A login by its name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_by_name(&self, username: &str) -> Result<Option<UserRecord>, StoreError> {
        by_name(&self.inner, username).await
    }

    /// A login by its id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_get(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        Entity::find_by_id(id.0).one(&self.inner).await?.map(UserRecord::try_from).transpose()
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
            email: Set(user.email.as_ref().map(ToString::to_string)),
            disabled_at: Set(user.disabled_at.map(micros)),
        };
        Entity::insert(row).exec_without_returning(&self.inner).await.map_err(StoreError::unique("username"))?;
        Ok(())
    }

    /// Writes what changed about a login.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the row is not of `user.generation` any more.
    pub async fn user_update(&self, user: &UserRecord, now: Timestamp) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::PasswordHash, Expr::value(user.password_hash.as_str()))
            .col_expr(Column::Role, Expr::value(user.role.as_str()))
            .col_expr(Column::Email, Expr::value(user.email.as_ref().map(ToString::to_string)))
            .col_expr(Column::DisabledAt, Expr::value(user.disabled_at.map(micros)))
            .col_expr(Column::UpdatedAt, Expr::value(micros(now)))
            .col_expr(Column::Generation, Expr::value(user.generation + 1))
            .filter(Column::Id.eq(user.id.0))
            .filter(Column::Generation.eq(user.generation));
        expect_one(update.exec(&self.inner).await?.rows_affected, "the login")
    }

    /// Notes a login.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_seen(&self, id: UserId, now: Timestamp) -> Result<(), StoreError> {
        let update = Entity::update_many().col_expr(Column::LastLoginAt, Expr::value(micros(now)));
        update.filter(Column::Id.eq(id.0)).exec(&self.inner).await?;
        Ok(())
    }

    /// Removes a login with its sessions, tokens and its part in accounts.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_delete(&self, id: UserId) -> Result<(), StoreError> {
        Entity::delete_by_id(id.0).exec(&self.inner).await?;
        Ok(())
    }
}
