//! A second factor that root or an administrator was asked to drop, for somebody who has lost it, goes a day after that was announced
//! (SECURITY R21): whoever still has it sees the notice, and keeps it with one click or by showing it once. So nobody who talks them into
//! it gets anywhere before the owner knows.

use super::logins;
use chrono::TimeDelta;
use nusantara_store::{Store, StoreError, Tx, UserRecord};
use nusantara_types::{Actor, Timestamp, UserId};
use serde_json::Value;
use std::collections::HashMap;

/// How long before.
const NOTICE: TimeDelta = TimeDelta::hours(24);

const SETTINGS: &str = "second_factor.drop.";

fn setting(user: UserId) -> String {
    format!("{SETTINGS}{user}")
}

fn read(kept: Option<String>) -> Result<Option<Timestamp>, StoreError> {
    let corrupt = |error: chrono::ParseError| StoreError::Corrupt { what: "second_factor.drop", why: error.to_string() };
    kept.map(|text| text.parse().map_err(corrupt)).transpose()
}

/// When the second factor of a login goes; none when nobody wants it to.
pub(crate) async fn due(store: &Store, user: UserId) -> Result<Option<Timestamp>, StoreError> {
    read(store.setting_get(&setting(user)).await?)
}

/// The same of every login for which it was announced.
pub(crate) async fn all(store: &Store) -> Result<Drops, StoreError> {
    let kept = store.setting_list(SETTINGS).await?.into_iter();
    Ok(Drops(kept.map(|(name, at)| Ok((name, read(Some(at))?))).collect::<Result<_, StoreError>>()?))
}

/// What was announced, by setting.
pub(crate) struct Drops(HashMap<String, Option<Timestamp>>);

impl Drops {
    /// When the second factor of a login goes.
    pub(crate) fn of(&self, user: UserId) -> Option<Timestamp> {
        self.0.get(&setting(user)).copied().flatten()
    }
}

/// Announces it, and says when it goes. One that was announced before keeps its time.
pub(crate) async fn announce(tx: &Tx, user: UserId, now: Timestamp) -> Result<Timestamp, StoreError> {
    if let Some(due) = read(tx.setting_get(&setting(user)).await?)? {
        return Ok(due);
    }
    let due = now + NOTICE;
    tx.setting_set(&setting(user), &due.to_rfc3339(), now).await?;
    Ok(due)
}

/// Takes the announcement back; whether there was one.
pub(crate) async fn withdraw(tx: &Tx, user: UserId) -> Result<bool, StoreError> {
    tx.setting_delete(&setting(user)).await
}

/// The same because somebody has shown the second factor, and writes that down.
pub(crate) async fn shown(tx: &Tx, user: UserId, username: &str, now: Timestamp) -> Result<(), StoreError> {
    if withdraw(tx, user).await? {
        logins::note(tx, &Actor::system(), "second_factor.keep", username, Value::Null, now).await?;
    }
    Ok(())
}

/// Forgets the app, the recovery codes and the passkeys of a login.
pub(crate) async fn drop_now(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    withdraw(tx, user).await?;
    tx.totp_delete(user).await?;
    tx.passkey_delete_all(user).await?;
    tx.recovery_codes_put(user, &[]).await
}

/// Carries out what was announced a day ago; for when somebody has given the right password.
pub(crate) async fn carry_out(tx: &Tx, user: &UserRecord, now: Timestamp) -> Result<(), StoreError> {
    if read(tx.setting_get(&setting(user.id)).await?)?.is_some_and(|due| due <= now) {
        drop_now(tx, user.id).await?;
        logins::note(tx, &Actor::system(), "second_factor.drop", &user.username, Value::Null, now).await?;
    }
    Ok(())
}
