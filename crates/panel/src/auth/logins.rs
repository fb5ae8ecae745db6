//! What logging in and the first run share: names, the budget of failures, and what is written down.

use super::budget::{self, FORGOTTEN_AFTER};
use super::factor_drop;
use super::passkeys::{self, Proved};
use super::second_factor::{self, Checked};
use crate::app::App;
use crate::http::{ApiError, ApiResult};
use nusantara_api::ProblemCode;
use nusantara_store::{AuditEvent, AuditPhase, LoginAttempt, StoreError, Tx, UserRecord};
use nusantara_types::{Actor, RequestId, Secret, Timestamp};
use serde_json::{Value, json};
use std::net::IpAddr;

/// Names that the audit trail uses for somebody else.
const RESERVED: [&str; 4] = ["root", "system", "anonymous", "nobody"];

/// A login's name as it is kept: case does not tell two people apart.
pub(crate) fn normal(typed: &str) -> String {
    typed.trim().chars().take(64).collect::<String>().to_ascii_lowercase()
}

/// The name of a login out of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoginName(pub(crate) String);

impl std::str::FromStr for LoginName {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        new_name(s).map(Self).map_err(|_| ())
    }
}

/// The name of a new login.
pub(crate) fn new_name(typed: &str) -> ApiResult<String> {
    let name = typed.to_ascii_lowercase();
    let shape = (3..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if !shape || name.parse::<Actor>().is_err() {
        let allowed = "use 3 to 32 letters, digits, dots, hyphens and underscores, starting with a letter or digit";
        return Err(ApiError::invalid("username", allowed));
    }
    if RESERVED.contains(&name.as_str()) {
        return Err(ApiError::invalid("username", "this name stands for somebody else in the audit trail; choose another"));
    }
    Ok(name)
}

/// One attempt to prove who somebody is: by password, by code, or by both. All of them share one budget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    /// The name that was given, as it is kept.
    pub(crate) username: &'a str,
    pub(crate) address: IpAddr,
    /// Token of the browser, if the login was seen in it before.
    pub(crate) device: Option<&'a str>,
}

impl Attempt<'_> {
    fn buckets(&self) -> Vec<String> {
        budget::buckets(self.username, self.address, self.device)
    }

    /// Counts it as failed, in every bucket, and refuses it when one of them is exhausted.
    pub(crate) async fn charge(&self, app: &App) -> ApiResult<()> {
        let now = app.now();
        let tx = app.store.begin().await?;
        let mut charged = Vec::new();
        for bucket in self.buckets() {
            let known = tx.login_attempt_get(&bucket).await?.filter(|known| now - known.last_at < FORGOTTEN_AFTER);
            if let Some(until) = known.as_ref().and_then(|known| known.blocked_until)
                && until > now
            {
                let seconds = u64::try_from((until - now).num_seconds()).unwrap_or(0) + 1;
                let detail = format!("Too many failed logins from here; try again in {seconds} s.");
                return Err(ApiError::new(ProblemCode::RateLimited, detail).retry_after(seconds));
            }
            let failures = known.map_or(0, |known| known.failures).saturating_add(1);
            charged.push(LoginAttempt { blocked_until: budget::blocked_until(&bucket, failures, now), bucket, failures, last_at: now });
        }
        for attempt in &charged {
            tx.login_attempt_put(attempt).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Takes the charge back once it proved right: the login starts anew, its network keeps what others did.
    pub(crate) async fn forgive(&self, tx: &Tx) -> Result<(), StoreError> {
        for bucket in self.buckets() {
            if !bucket.starts_with("network ") {
                tx.login_attempt_clear(&bucket).await?;
            } else if let Some(known) = tx.login_attempt_get(&bucket).await? {
                let failures = known.failures.saturating_sub(1);
                tx.login_attempt_put(&LoginAttempt { failures, blocked_until: None, ..known }).await?;
            }
        }
        Ok(())
    }
}

/// What somebody gave besides their password.
#[derive(Clone, Copy)]
pub(crate) struct Besides<'a> {
    /// A code of the app, or a recovery code.
    pub(crate) code: Option<&'a Secret>,
    /// A passkey that was used just now, theirs or not.
    pub(crate) passkey: Option<&'a Proved>,
}

/// Asks somebody whose password was right for the second factor, where their login has one: an app that makes codes, or passkeys. The
/// charge stays until both are right; a wrong code is written down at once, and `tx` with it.
pub(crate) async fn second_factor(app: &App, tx: Tx, user: &UserRecord, besides: Besides<'_>, address: IpAddr) -> ApiResult<Tx> {
    let now = app.now();
    if let Some(passkey) = besides.passkey {
        if passkey.user != user.id {
            audit_refusal(&tx, &user.username, address, now).await?;
            tx.commit().await?;
            return Err(passkeys::refused());
        }
        passkey.note(&tx, &user.username, address, now).await?;
        return Ok(tx);
    }
    factor_drop::carry_out(&tx, user, now).await?;
    match second_factor::check(app, &tx, user.id, besides.code, now).await? {
        Checked::NotAsked => Ok(tx),
        Checked::Right => {
            factor_drop::shown(&tx, user.id, &user.username, now).await?;
            Ok(tx)
        }
        Checked::Missing { passkey } => {
            let detail = "The password is right; a passkey, a code of the app or a recovery code is needed besides.";
            let refusal = ApiError::new(ProblemCode::SecondFactorRequired, detail).field("code", "give the code that the app shows");
            Err(if passkey { refusal.field("passkey", "or use a passkey of this login") } else { refusal })
        }
        Checked::Wrong => {
            audit_refusal(&tx, &user.username, address, now).await?;
            tx.commit().await?;
            let refusal = ApiError::new(ProblemCode::InvalidCredentials, "The code is wrong, or was used before.");
            Err(refusal.field("code", "give the next code that the app shows"))
        }
    }
}

/// Writes down something that is over as soon as it is known, about a login.
pub(crate) async fn note(tx: &Tx, actor: &Actor, action: &str, login: &str, facts: Value, now: Timestamp) -> Result<(), StoreError> {
    note_about(tx, actor, action, ("login", login), facts, now).await
}

/// The same about anything.
pub(crate) async fn note_about(
    tx: &Tx,
    actor: &Actor,
    action: &str,
    (target_type, target_id): (&str, &str),
    facts: Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    let request_id = &RequestId::generate().to_string();
    let event = AuditEvent { actor, action, phase: AuditPhase::Success, target_type, target_id, request_id, metadata: facts };
    tx.audit_append(event, now).await.map(|_| ())
}

/// Writes down something that is over as soon as it is known.
pub(crate) async fn audit(
    tx: &Tx,
    actor: &Actor,
    action: &str,
    login: &str,
    success: bool,
    address: IpAddr,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent {
        actor,
        action,
        phase: if success { AuditPhase::Success } else { AuditPhase::Failed },
        target_type: "login",
        target_id: login,
        request_id: &RequestId::generate().to_string(),
        metadata: json!({ "address": address }),
    };
    tx.audit_append(event, now).await.map(|_| ())
}

/// Writes down a refused login. Whoever it was is not the login they named; and what they typed is only kept when it looks like
/// a name, because people type passwords into the wrong field.
pub(crate) async fn audit_refusal(tx: &Tx, username: &str, address: IpAddr, now: Timestamp) -> ApiResult<()> {
    let anonymous: Actor = "anonymous".parse().map_err(ApiError::internal)?;
    let known = if new_name(username).is_ok() { username } else { "?" };
    Ok(audit(tx, &anonymous, "auth.login", known, false, address, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_pass_for_somebody_else() {
        assert_eq!(new_name("Ani.W").unwrap(), "ani.w");
        for bad in ["", "ab", "root", "ROOT", "system", "a b c", "-ani", "ani\n", "a@b.c", &"a".repeat(33), "anonymous"] {
            assert!(new_name(bad).is_err(), "{bad:?}");
        }
        assert_eq!(normal(" Ani "), "ani");
    }
}
