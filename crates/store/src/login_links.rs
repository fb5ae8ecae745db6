//! Links by which a password is set: an invitation or a reset. One for each login, and it works once.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::login_links::{ActiveModel, Column, Entity, Model};
use nusantara_types::{Actor, Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginLink {
    /// Whose password it sets.
    pub user: UserId,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl From<Model> for LoginLink {
    fn from(row: Model) -> Self {
        Self { user: UserId(row.user_id), expires_at: row.expires_at }
    }
}

async fn by_token(db: &impl ConnectionTrait, token_hash: &str) -> Result<Option<LoginLink>, StoreError> {
    Ok(Entity::find().filter(Column::TokenHash.eq(token_hash)).one(db).await?.map(LoginLink::from))
}

impl Store {
    /// The link whose token has this SHA-256. Expiry is the caller's to judge: it has the clock.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_link_by_token(&self, token_hash: &str) -> Result<Option<LoginLink>, StoreError> {
        by_token(&self.reader, token_hash).await
    }

    /// Forgets links that stopped working before `before`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_link_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(Entity::delete_many().filter(Column::ExpiresAt.lt(micros(before))).exec(&self.writer).await?.rows_affected)
    }
}

impl Tx {
    /// The link whose token has this SHA-256.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_link_by_token(&self, token_hash: &str) -> Result<Option<LoginLink>, StoreError> {
        by_token(&self.inner, token_hash).await
    }

    /// Makes a login's link, in the place of the one it had.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_link_put(&self, link: &LoginLink, token_hash: &str, by: &Actor, now: Timestamp) -> Result<(), StoreError> {
        self.login_link_delete(link.user).await?;
        let row = ActiveModel {
            user_id: Set(link.user.0),
            token_hash: Set(token_hash.to_owned()),
            created_by: Set(by.as_str().to_owned()),
            created_at: Set(micros(now)),
            expires_at: Set(micros(link.expires_at)),
        };
        Entity::insert(row).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// Takes a login's link away.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_link_delete(&self, user: UserId) -> Result<(), StoreError> {
        Entity::delete_by_id(user.0).exec(&self.inner).await?;
        Ok(())
    }
}
