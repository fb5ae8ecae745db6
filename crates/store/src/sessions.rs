//! Sessions: server-side rows, found by the hash of a token that only the client holds.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::{sessions, users};
use crate::users::Role;
use nusantara_types::{SessionId, Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

/// A session with the login it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its id; not a secret.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// Name of the login.
    pub username: String,
    /// Role of the login, read with every use, so that a change of role binds at once.
    pub role: Role,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

impl Store {
    /// The session whose token has this SHA-256, in lower-case hex. Expiry is the caller's to judge: it has the clock.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_by_token(&self, token_hash: &str) -> Result<Option<SessionRecord>, StoreError> {
        self.session_one(sessions::Column::TokenHash.eq(token_hash).into()).await
    }

    /// A session by its id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_by_id(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.session_one(sessions::Column::Id.eq(id.0).into()).await
    }

    async fn session_one(&self, which: Condition) -> Result<Option<SessionRecord>, StoreError> {
        let Some(session) = sessions::Entity::find().filter(which).one(&self.reader).await? else { return Ok(None) };
        let Some(user) = users::Entity::find_by_id(session.user_id).one(&self.reader).await? else { return Ok(None) };
        Ok(Some(SessionRecord {
            id: SessionId(session.id),
            user: UserId(user.id),
            role: Role::parse(&user.role)?,
            username: user.username,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
        }))
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_touch(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        let update = sessions::Entity::update_many().col_expr(sessions::Column::LastSeenAt, Expr::value(micros(now)));
        update.filter(sessions::Column::Id.eq(id.0)).exec(&self.writer).await?;
        Ok(())
    }

    /// Removes sessions that ended before `expired` or were last used before `idle`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_prune(&self, expired: Timestamp, idle: Timestamp) -> Result<u64, StoreError> {
        let old = Condition::any().add(sessions::Column::ExpiresAt.lt(micros(expired))).add(sessions::Column::LastSeenAt.lt(micros(idle)));
        Ok(sessions::Entity::delete_many().filter(old).exec(&self.writer).await?.rows_affected)
    }
}

impl Tx {
    /// Adds a session. `token_hash` is the SHA-256 of its token, in lower-case hex.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_insert(
        &self,
        session: &SessionRecord,
        token_hash: &str,
        address: &str,
        user_agent: &str,
    ) -> Result<(), StoreError> {
        let row = sessions::ActiveModel {
            id: Set(session.id.0),
            user_id: Set(session.user.0),
            token_hash: Set(token_hash.to_owned()),
            created_at: Set(micros(session.created_at)),
            last_seen_at: Set(micros(session.last_seen_at)),
            expires_at: Set(micros(session.expires_at)),
            address: Set(address.to_owned()),
            user_agent: Set(user_agent.chars().take(200).collect()),
        };
        sessions::Entity::insert(row).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_delete(&self, id: SessionId) -> Result<(), StoreError> {
        sessions::Entity::delete_by_id(id.0).exec(&self.inner).await?;
        Ok(())
    }
}
