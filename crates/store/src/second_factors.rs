//! What a login proves itself by beside its password: codes of an app, and recovery codes for when that is lost.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::{recovery_codes, totp_secrets};
use nusantara_types::{Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// What a login's codes are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpRecord {
    /// Encrypted.
    pub secret: String,
    /// Since when it is asked for; none while it is being set up.
    pub confirmed_at: Option<Timestamp>,
    /// Place in time of the last code that was used.
    pub last_step: i64,
}

async fn totp(db: &impl ConnectionTrait, user: UserId) -> Result<Option<TotpRecord>, StoreError> {
    let row = totp_secrets::Entity::find_by_id(user.0).one(db).await?;
    Ok(row.map(|row| TotpRecord { secret: row.secret, confirmed_at: row.confirmed_at, last_step: row.last_step }))
}

impl Store {
    /// A login's secret, set up or not.
    ///
    /// # Errors
    /// What the database says.
    pub async fn totp_get(&self, user: UserId) -> Result<Option<TotpRecord>, StoreError> {
        totp(&self.reader, user).await
    }

    /// Which of these logins are asked for a second factor.
    ///
    /// # Errors
    /// What the database says.
    pub async fn totp_users(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        use totp_secrets::Column;
        let rows = totp_secrets::Entity::find().filter(Column::UserId.is_in(users.iter().map(|user| user.0)));
        let rows = rows.filter(Column::ConfirmedAt.is_not_null()).all(&self.reader).await?;
        Ok(rows.into_iter().map(|row| UserId(row.user_id)).collect())
    }

    /// How many recovery codes a login has left.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recovery_code_count(&self, user: UserId) -> Result<u64, StoreError> {
        Ok(recovery_codes::Entity::find().filter(recovery_codes::Column::UserId.eq(user.0)).count(&self.reader).await?)
    }
}

impl Tx {
    /// A login's secret, set up or not.
    ///
    /// # Errors
    /// What the database says.
    pub async fn totp_get(&self, user: UserId) -> Result<Option<TotpRecord>, StoreError> {
        totp(&self.inner, user).await
    }

    /// Keeps a new secret for a login, which is not asked for yet.
    ///
    /// # Errors
    /// What the database says.
    pub async fn totp_put(&self, user: UserId, secret: &str, now: Timestamp) -> Result<(), StoreError> {
        self.totp_delete(user).await?;
        let row = totp_secrets::ActiveModel {
            user_id: Set(user.0),
            secret: Set(secret.to_owned()),
            confirmed_at: Set(None),
            last_step: Set(0),
            created_at: Set(micros(now)),
        };
        totp_secrets::Entity::insert(row).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// From now on the secret is asked for.
    ///
    /// # Errors
    /// What the database says.
    pub async fn totp_confirm(&self, user: UserId, now: Timestamp) -> Result<(), StoreError> {
        let update = totp_secrets::Entity::update_many().col_expr(totp_secrets::Column::ConfirmedAt, Expr::value(micros(now)));
        update.filter(totp_secrets::Column::UserId.eq(user.0)).exec(&self.inner).await?;
        Ok(())
    }

    /// Spends the code of a place in time; `false` when it or a later one was spent already.
    ///
    /// # Errors
    /// What the database says.
    pub async fn totp_spend(&self, user: UserId, step: i64) -> Result<bool, StoreError> {
        use totp_secrets::Column;
        let update = totp_secrets::Entity::update_many().col_expr(Column::LastStep, Expr::value(step));
        let later = update.filter(Column::UserId.eq(user.0)).filter(Column::LastStep.lt(step));
        Ok(later.exec(&self.inner).await?.rows_affected == 1)
    }

    /// Removes a login's secret; whether it had one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn totp_delete(&self, user: UserId) -> Result<bool, StoreError> {
        Ok(totp_secrets::Entity::delete_by_id(user.0).exec(&self.inner).await?.rows_affected == 1)
    }

    /// Gives a login these recovery codes, in the place of those it had; none removes them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recovery_codes_put(&self, user: UserId, hashes: &[String]) -> Result<(), StoreError> {
        let old = recovery_codes::Entity::delete_many().filter(recovery_codes::Column::UserId.eq(user.0));
        old.exec(&self.inner).await?;
        if hashes.is_empty() {
            return Ok(());
        }
        let rows = hashes.iter().map(|hash| recovery_codes::ActiveModel { user_id: Set(user.0), code_hash: Set(hash.clone()) });
        recovery_codes::Entity::insert_many(rows).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// How many recovery codes a login has left.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recovery_code_count(&self, user: UserId) -> Result<u64, StoreError> {
        Ok(recovery_codes::Entity::find().filter(recovery_codes::Column::UserId.eq(user.0)).count(&self.inner).await?)
    }

    /// Spends a recovery code; `false` when the login has no such code.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recovery_code_spend(&self, user: UserId, hash: &str) -> Result<bool, StoreError> {
        let one = recovery_codes::Entity::delete_by_id((user.0, hash.to_owned()));
        Ok(one.exec(&self.inner).await?.rows_affected == 1)
    }
}
