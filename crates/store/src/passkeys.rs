//! Passkeys: keys that a device keeps and opens a login with, and the questions that they answer.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::{passkey_attempts, passkeys};
use nusantara_types::{PasskeyId, Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRecord {
    /// Its id here.
    pub id: PasskeyId,
    /// Whose login it opens.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// SHA-256 of the name that the device gave it.
    pub credential_hash: String,
    /// The public key and what belongs to it, as the caller writes it.
    pub credential: String,
    /// How often the device says it was used; 0 where it does not count.
    pub sign_count: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A question that a device was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyAttempt {
    /// What the answer is for.
    pub purpose: String,
    /// The session that asked, or the network.
    pub bound_to: String,
    /// The question, as the caller writes it.
    pub state: String,
    /// When an answer comes too late.
    pub expires_at: Timestamp,
}

impl TryFrom<passkeys::Model> for PasskeyRecord {
    type Error = StoreError;

    fn try_from(row: passkeys::Model) -> Result<Self, StoreError> {
        let sign_count =
            u32::try_from(row.sign_count).map_err(|e| StoreError::Corrupt { what: "sign_count of a passkey", why: e.to_string() })?;
        Ok(Self {
            id: PasskeyId(row.id),
            user: UserId(row.user_id),
            name: row.name,
            credential_hash: row.credential_hash,
            credential: row.credential,
            sign_count,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
    }
}

async fn list(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<PasskeyRecord>, StoreError> {
    use passkeys::Column;
    let rows = passkeys::Entity::find().filter(Column::UserId.eq(user.0)).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id);
    rows.all(db).await?.into_iter().map(PasskeyRecord::try_from).collect()
}

impl Store {
    /// A login's passkeys, the oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_list(&self, user: UserId) -> Result<Vec<PasskeyRecord>, StoreError> {
        list(&self.reader, user).await
    }

    /// The passkey that a device names so.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_by_credential(&self, credential_hash: &str) -> Result<Option<PasskeyRecord>, StoreError> {
        let row = passkeys::Entity::find().filter(passkeys::Column::CredentialHash.eq(credential_hash)).one(&self.reader).await?;
        row.map(PasskeyRecord::try_from).transpose()
    }

    /// Which of these logins have a passkey.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_users(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let rows = passkeys::Entity::find().filter(passkeys::Column::UserId.is_in(users.iter().map(|user| user.0)));
        Ok(rows.all(&self.reader).await?.into_iter().map(|row| UserId(row.user_id)).collect())
    }

    /// Forgets questions that nobody answered in time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_attempt_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let old = passkey_attempts::Entity::delete_many().filter(passkey_attempts::Column::ExpiresAt.lt(micros(before)));
        Ok(old.exec(&self.writer).await?.rows_affected)
    }
}

impl Tx {
    /// A login's passkeys, the oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_list(&self, user: UserId) -> Result<Vec<PasskeyRecord>, StoreError> {
        list(&self.inner, user).await
    }

    /// How many passkeys a login has.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_count(&self, user: UserId) -> Result<u64, StoreError> {
        Ok(passkeys::Entity::find().filter(passkeys::Column::UserId.eq(user.0)).count(&self.inner).await?)
    }

    /// Keeps a new passkey.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when it is kept already, for this login or another.
    pub async fn passkey_insert(&self, record: &PasskeyRecord) -> Result<(), StoreError> {
        let row = passkeys::ActiveModel {
            id: Set(record.id.0),
            user_id: Set(record.user.0),
            name: Set(record.name.clone()),
            credential_hash: Set(record.credential_hash.clone()),
            credential: Set(record.credential.clone()),
            sign_count: Set(i64::from(record.sign_count)),
            created_at: Set(micros(record.created_at)),
            last_used_at: Set(record.last_used_at.map(micros)),
        };
        let inserted = passkeys::Entity::insert(row).exec_without_returning(&self.inner).await;
        inserted.map(|_| ()).map_err(StoreError::unique("passkey"))
    }

    /// Notes that a passkey was used; `false` when it is gone, or another answer of it was noted since it counted `sign_count`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_used(&self, fresh: &PasskeyRecord, sign_count: u32, now: Timestamp) -> Result<bool, StoreError> {
        use passkeys::Column;
        let update = passkeys::Entity::update_many()
            .col_expr(Column::Credential, Expr::value(fresh.credential.clone()))
            .col_expr(Column::SignCount, Expr::value(i64::from(fresh.sign_count)))
            .col_expr(Column::LastUsedAt, Expr::value(micros(now)));
        let known = update.filter(Column::Id.eq(fresh.id.0)).filter(Column::SignCount.eq(i64::from(sign_count)));
        Ok(known.exec(&self.inner).await?.rows_affected == 1)
    }

    /// Gives a login's passkey another name; whether there is one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_rename(&self, user: UserId, id: PasskeyId, name: &str) -> Result<bool, StoreError> {
        use passkeys::Column;
        // MariaDB counts rows that change only; a name that it has already is found all the same.
        let of_user = passkeys::Entity::find_by_id(id.0).filter(Column::UserId.eq(user.0));
        if of_user.one(&self.inner).await?.is_none() {
            return Ok(false);
        }
        let update = passkeys::Entity::update_many().col_expr(Column::Name, Expr::value(name));
        update.filter(Column::Id.eq(id.0)).exec(&self.inner).await?;
        Ok(true)
    }

    /// Forgets a login's passkey, and tells what it was called.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_delete(&self, user: UserId, id: PasskeyId) -> Result<Option<String>, StoreError> {
        let of_user = passkeys::Entity::find_by_id(id.0).filter(passkeys::Column::UserId.eq(user.0));
        let Some(row) = of_user.one(&self.inner).await? else { return Ok(None) };
        let gone = passkeys::Entity::delete_by_id(id.0).exec(&self.inner).await?.rows_affected == 1;
        Ok(gone.then_some(row.name))
    }

    /// Forgets every passkey of a login; how many there were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_delete_all(&self, user: UserId) -> Result<u64, StoreError> {
        Ok(passkeys::Entity::delete_many().filter(passkeys::Column::UserId.eq(user.0)).exec(&self.inner).await?.rows_affected)
    }

    /// Keeps a question, unless as many as `at_most` of the same session or network wait for an answer: `false` then.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_attempt_put(
        &self,
        token_hash: &str,
        attempt: &PasskeyAttempt,
        at_most: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        use passkey_attempts::{ActiveModel, Column, Entity};
        let same = Entity::find().filter(Column::BoundTo.eq(attempt.bound_to.as_str()));
        if same.filter(Column::ExpiresAt.gt(micros(now))).count(&self.inner).await? >= at_most {
            return Ok(false);
        }
        let row = ActiveModel {
            token_hash: Set(token_hash.to_owned()),
            purpose: Set(attempt.purpose.clone()),
            bound_to: Set(attempt.bound_to.clone()),
            state: Set(attempt.state.clone()),
            expires_at: Set(micros(attempt.expires_at)),
        };
        Entity::insert(row).exec_without_returning(&self.inner).await?;
        Ok(true)
    }

    /// Takes a question for its answer: whoever comes second finds none. Expiry is the caller's to judge.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey_attempt_take(&self, token_hash: &str) -> Result<Option<PasskeyAttempt>, StoreError> {
        use passkey_attempts::Entity;
        let Some(row) = Entity::find_by_id(token_hash).one(&self.inner).await? else { return Ok(None) };
        let taken = Entity::delete_by_id(token_hash).exec(&self.inner).await?.rows_affected == 1;
        let attempt = PasskeyAttempt { purpose: row.purpose, bound_to: row.bound_to, state: row.state, expires_at: row.expires_at };
        Ok(taken.then_some(attempt))
    }
}
