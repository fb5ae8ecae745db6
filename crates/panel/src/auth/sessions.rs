//! Sessions: rows of ours, known by a random token in a cookie that no page can read (SECURITY R18).

use super::caller::{Caller, CallerSession};
use super::tokens;
use crate::app::App;
use crate::http::{ApiError, ApiResult};
use axum::http::{HeaderMap, HeaderValue, header};
use chrono::TimeDelta;
use nusantara_api::auth::Role;
use nusantara_store::{SessionRecord, Store, Tx, UserRecord};
use nusantara_types::{SessionId, Timestamp};
use std::net::IpAddr;

/// The cookie. The prefix makes browsers refuse it from anything but this very host over TLS.
const COOKIE: &str = "__Host-np";
/// A session ends when it was not used for this long.
const IDLE: TimeDelta = TimeDelta::minutes(30);
/// A session ends after this long in any case.
const LONGEST: TimeDelta = TimeDelta::hours(12);
/// How exactly the last use is noted: a read should not cost a write each time.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A session that a request named.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Who it is.
    pub(crate) caller: Caller,
    /// The token itself, as the cookie carried it.
    pub(crate) token: String,
}

/// The session that the request's cookie names, if it is still good. Notes that it was used.
pub(crate) async fn find(app: &App, headers: &HeaderMap) -> ApiResult<Option<Found>> {
    let Some(token) = cookie(headers) else { return Ok(None) };
    let Some(session) = app.store.session_by_token(&tokens::stored(token)).await? else { return Ok(None) };
    let now = app.clock.now();
    if has_ended(&session, now) {
        return Ok(None);
    }
    if now - session.last_seen_at >= NOTED_EVERY {
        // Who only looks is let in also while the database cannot be written; the session ends sooner then, at worst.
        if let Err(error) = app.store.session_touch(session.id, now).await {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }
    let caller = caller_of(&session, token)?;
    Ok(Some(Found { caller, token: token.to_owned() }))
}

/// Whether a session that was good when a stream began still is.
pub(crate) async fn still_good(app: &App, caller: &Caller) -> bool {
    let Some(known) = &caller.session else { return true };
    // A database that does not answer ends the stream: the client comes back when it does.
    let session = app.store.session_by_id(known.id).await.unwrap_or_default();
    session.is_some_and(|session| !has_ended(&session, app.clock.now()) && role(session.role) == caller.role)
}

fn has_ended(session: &SessionRecord, now: Timestamp) -> bool {
    now >= session.expires_at || now - session.last_seen_at >= IDLE
}

fn caller_of(session: &SessionRecord, token: &str) -> ApiResult<Caller> {
    let actor = session.username.parse().map_err(|e| ApiError::internal(format_args!("login {}: {e}", session.user)))?;
    let known = CallerSession { id: session.id, user: session.user, csrf: tokens::csrf(token) };
    Ok(Caller { actor, role: role(session.role), session: Some(known) })
}

const fn role(role: nusantara_store::Role) -> Role {
    match role {
        nusantara_store::Role::Admin => Role::Admin,
        nusantara_store::Role::Operator => Role::Operator,
        nusantara_store::Role::Viewer => Role::Viewer,
        nusantara_store::Role::User => Role::User,
    }
}

/// The one cookie value of our name. Two of them are none: somebody planted one.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let mut ours = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == COOKIE).map(|(_, value)| value);
    let first = ours.next()?;
    (ours.next().is_none() && first.len() == 43).then_some(first)
}

/// A new session for a login, written into `tx`. Every login gets a new token; the one it came with ends.
pub(crate) async fn begin(tx: &Tx, user: &UserRecord, origin: Origin<'_>, now: Timestamp) -> ApiResult<Found> {
    if let Some(old) = origin.replaces {
        tx.session_delete(old).await?;
    }
    let token = tokens::generate();
    let session = SessionRecord {
        id: SessionId::generate(),
        user: user.id,
        username: user.username.clone(),
        role: user.role,
        created_at: now,
        last_seen_at: now,
        expires_at: now + LONGEST,
    };
    tx.session_insert(&session, &tokens::stored(&token), &origin.address.to_string(), origin.user_agent).await?;
    tx.user_seen(user.id, now).await?;
    Ok(Found { caller: caller_of(&session, &token)?, token })
}

/// What is noted about where a session began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) address: IpAddr,
    pub(crate) user_agent: &'a str,
    /// The session that the client had before.
    pub(crate) replaces: Option<SessionId>,
}

/// `User-Agent` as it may be kept: printable ASCII, cut.
pub(crate) fn user_agent(headers: &HeaderMap) -> &str {
    let text = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    text.get(..200).unwrap_or(text)
}

/// `Set-Cookie` that hands the session over.
pub(crate) fn set_cookie(token: &str) -> HeaderValue {
    let seconds = LONGEST.num_seconds();
    // Base64url is always a valid header value.
    HeaderValue::from_str(&format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}"))
        .unwrap_or(HeaderValue::from_static(""))
}

/// `Set-Cookie` that takes it back.
pub(crate) const CLEAR_COOKIE: HeaderValue = HeaderValue::from_static("__Host-np=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");

/// Removes what has ended; run now and then.
pub(crate) async fn prune(store: &Store, now: Timestamp) -> Result<u64, nusantara_store::StoreError> {
    store.session_prune(now, now - IDLE).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_cookie_of_the_right_shape_counts() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::COOKIE, value.parse().unwrap());
            }
            cookie(&headers).map(str::to_owned)
        };
        let token = tokens::generate();
        assert_eq!(of(&[&format!("a=b; {COOKIE}={token}")]), Some(token.clone()));
        assert_eq!(of(&[&format!("{COOKIE}={token}"), &format!("{COOKIE}=x")]), None);
        assert_eq!(of(&[&format!("np={token}")]), None);
        assert_eq!(of(&[&format!("{COOKIE}=short")]), None);
        assert_eq!(of(&[]), None);
    }
}
