//! Tokens for programs: rows found by the hash of a token that was shown once.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::roles::{array, strings};
use crate::rows::api_tokens::{ActiveModel, Column, Entity, Model};
use nusantara_types::{ApiTokenId, Network, Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTokenRecord {
    /// Its id; not a secret.
    pub id: ApiTokenId,
    /// Whose rights it has, as far as it names them.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// What it may do, as `module:verb`.
    pub permissions: Vec<String>,
    /// Where it may be used; nowhere in particular when empty.
    pub networks: Vec<Network>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// From where.
    pub last_used_address: Option<String>,
}

impl TryFrom<Model> for ApiTokenRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let networks = strings("token networks", &row.networks)?;
        Ok(Self {
            id: ApiTokenId(row.id),
            user: UserId(row.user_id),
            name: row.name,
            permissions: strings("token permissions", &row.permissions)?,
            networks: networks
                .into_iter()
                .map(Network::try_from)
                .collect::<Result<_, _>>()
                .map_err(StoreError::corrupt("token network"))?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            last_used_address: row.last_used_address,
        })
    }
}

impl Store {
    /// The token with this SHA-256, in lower-case hex. Expiry and network are the caller's to judge.
    ///
    /// # Errors
    /// What the database says.
    pub async fn api_token_by_hash(&self, token_hash: &str) -> Result<Option<ApiTokenRecord>, StoreError> {
        let row = Entity::find().filter(Column::TokenHash.eq(token_hash)).one(&self.reader).await?;
        row.map(ApiTokenRecord::try_from).transpose()
    }

    /// The tokens of a login, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn api_token_list(&self, user: UserId) -> Result<Vec<ApiTokenRecord>, StoreError> {
        let rows = Entity::find().filter(Column::UserId.eq(user.0)).order_by_desc(Column::CreatedAt).all(&self.reader).await?;
        rows.into_iter().map(ApiTokenRecord::try_from).collect()
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// What the database says.
    pub async fn api_token_touch(&self, id: ApiTokenId, address: &str, now: Timestamp) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::LastUsedAt, Expr::value(micros(now)))
            .col_expr(Column::LastUsedAddress, Expr::value(address));
        update.filter(Column::Id.eq(id.0)).exec(&self.writer).await?;
        Ok(())
    }
}

impl Tx {
    /// Adds a token. `token_hash` is its SHA-256, in lower-case hex.
    ///
    /// # Errors
    /// What the database says.
    pub async fn api_token_insert(&self, token: &ApiTokenRecord, token_hash: &str) -> Result<(), StoreError> {
        let networks: Vec<String> = token.networks.iter().map(ToString::to_string).collect();
        let row = ActiveModel {
            id: Set(token.id.0),
            user_id: Set(token.user.0),
            name: Set(token.name.clone()),
            token_hash: Set(token_hash.to_owned()),
            permissions: Set(array(&token.permissions)),
            networks: Set(array(&networks)),
            created_at: Set(micros(token.created_at)),
            expires_at: Set(token.expires_at.map(micros)),
            last_used_at: Set(None),
            last_used_address: Set(None),
        };
        Entity::insert(row).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// How many tokens a login has.
    ///
    /// # Errors
    /// What the database says.
    pub async fn api_token_count(&self, user: UserId) -> Result<u64, StoreError> {
        Ok(Entity::find().filter(Column::UserId.eq(user.0)).count(&self.inner).await?)
    }

    /// Removes a token of a login; whether it was there.
    ///
    /// # Errors
    /// What the database says.
    pub async fn api_token_delete(&self, user: UserId, id: ApiTokenId) -> Result<bool, StoreError> {
        let one = Entity::delete_many().filter(Column::Id.eq(id.0)).filter(Column::UserId.eq(user.0));
        Ok(one.exec(&self.inner).await?.rows_affected == 1)
    }

    /// Removes every token of a login.
    ///
    /// # Errors
    /// What the database says.
    pub async fn api_token_delete_all(&self, user: UserId) -> Result<u64, StoreError> {
        Ok(Entity::delete_many().filter(Column::UserId.eq(user.0)).exec(&self.inner).await?.rows_affected)
    }
}
