//! Sessions: server-side rows, found by the hash of a token that only the client holds.

use crate::db::{Store, Tx, micros};
use crate::error::{StoreError, expect_one};
use crate::rows::{sessions, users};
use nusantara_types::{RoleName, SessionId, Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

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
    pub role: RoleName,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
    /// When whoever holds it last proved who they are.
    pub verified_at: Timestamp,
    /// Where it began.
    pub address: String,
    /// The browser or program it began in, as that calls itself.
    pub user_agent: String,
    /// The login whose view it has, and until when.
    pub viewing: Option<(UserId, Timestamp)>,
}

fn record(session: sessions::Model, user: users::Model) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        id: SessionId(session.id),
        user: UserId(user.id),
        role: user.role.parse().map_err(StoreError::corrupt("user role"))?,
        username: user.username,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
        verified_at: session.verified_at.unwrap_or(session.created_at),
        address: session.address,
        user_agent: session.user_agent,
        viewing: session.viewing_id.map(UserId).zip(session.viewing_until),
    })
}

impl Store {
    /// The session whose token has this SHA-256, in lower-case hex. Expiry is the caller's to judge: it has the clock. A login
    /// that is switched off has none.
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
        if user.disabled_at.is_some() {
            return Ok(None);
        }
        record(session, user).map(Some)
    }

    /// The sessions of a login, the last used first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_list(&self, user: UserId) -> Result<Vec<SessionRecord>, StoreError> {
        let Some(owner) = users::Entity::find_by_id(user.0).one(&self.reader).await? else { return Ok(Vec::new()) };
        let mine = sessions::Entity::find().filter(sessions::Column::UserId.eq(user.0));
        let rows = mine.order_by_desc(sessions::Column::LastSeenAt).all(&self.reader).await?;
        rows.into_iter().map(|row| record(row, owner.clone())).collect()
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
    pub async fn session_insert(&self, session: &SessionRecord, token_hash: &str) -> Result<(), StoreError> {
        let row = sessions::ActiveModel {
            id: Set(session.id.0),
            user_id: Set(session.user.0),
            token_hash: Set(token_hash.to_owned()),
            created_at: Set(micros(session.created_at)),
            last_seen_at: Set(micros(session.last_seen_at)),
            expires_at: Set(micros(session.expires_at)),
            address: Set(session.address.clone()),
            user_agent: Set(session.user_agent.chars().take(200).collect()),
            verified_at: Set(Some(micros(session.verified_at))),
            viewing_id: Set(session.viewing.map(|(user, _)| user.0)),
            viewing_until: Set(session.viewing.map(|(_, until)| micros(until))),
        };
        sessions::Entity::insert(row).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// Notes that whoever holds a session has just proved who they are; and gives it another token, since it may now do more.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it has ended.
    pub async fn session_verified(&self, id: SessionId, token_hash: &str, now: Timestamp) -> Result<(), StoreError> {
        let update = sessions::Entity::update_many()
            .col_expr(sessions::Column::VerifiedAt, Expr::value(micros(now)))
            .col_expr(sessions::Column::TokenHash, Expr::value(token_hash));
        expect_one(update.filter(sessions::Column::Id.eq(id.0)).exec(&self.inner).await?.rows_affected, "the session")
    }

    /// Gives a session the view of a login, or takes it back; and another token, since it may now do other things.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it has ended.
    pub async fn session_view(&self, id: SessionId, viewing: Option<(UserId, Timestamp)>, token_hash: &str) -> Result<(), StoreError> {
        let update = sessions::Entity::update_many()
            .col_expr(sessions::Column::ViewingId, Expr::value(viewing.map(|(user, _)| user.0)))
            .col_expr(sessions::Column::ViewingUntil, Expr::value(viewing.map(|(_, until)| micros(until))))
            .col_expr(sessions::Column::TokenHash, Expr::value(token_hash));
        expect_one(update.filter(sessions::Column::Id.eq(id.0)).exec(&self.inner).await?.rows_affected, "the session")
    }

    /// Gives a session another token.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it has ended.
    pub async fn session_renew(&self, id: SessionId, token_hash: &str) -> Result<(), StoreError> {
        let update = sessions::Entity::update_many().col_expr(sessions::Column::TokenHash, Expr::value(token_hash));
        expect_one(update.filter(sessions::Column::Id.eq(id.0)).exec(&self.inner).await?.rows_affected, "the session")
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_delete(&self, id: SessionId) -> Result<(), StoreError> {
        sessions::Entity::delete_by_id(id.0).exec(&self.inner).await?;
        Ok(())
    }

    /// Ends one session of a login; whether it was there.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_delete_of(&self, user: UserId, id: SessionId) -> Result<bool, StoreError> {
        let one = sessions::Entity::delete_many().filter(sessions::Column::Id.eq(id.0)).filter(sessions::Column::UserId.eq(user.0));
        Ok(one.exec(&self.inner).await?.rows_affected == 1)
    }

    /// Ends the sessions of a login, and those that have its view, except one; how many there were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_delete_all(&self, user: UserId, except: Option<SessionId>) -> Result<u64, StoreError> {
        let of = Condition::any().add(sessions::Column::UserId.eq(user.0)).add(sessions::Column::ViewingId.eq(user.0));
        let mut all = sessions::Entity::delete_many().filter(of);
        if let Some(except) = except {
            all = all.filter(sessions::Column::Id.ne(except.0));
        }
        Ok(all.exec(&self.inner).await?.rows_affected)
    }
}
