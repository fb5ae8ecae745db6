//! Sessions: rows of ours, known by a random token in a cookie that no page can read (SECURITY R18).

use super::caller::{By, Caller, CallerSession};
use super::{roles, tokens};
use crate::app::App;
use crate::http::{ApiError, ApiResult};
use axum::http::{HeaderMap, HeaderValue, header};
use chrono::TimeDelta;
use nusantara_store::{SessionRecord, Store, StoreError, Tx, UserRecord};
use nusantara_types::{Actor, SessionId, Timestamp};
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
    let Some(token) = cookie(headers, COOKIE) else { return Ok(None) };
    let hash = tokens::stored(token);
    let caller = app.sessions.of(app, hash.clone(), async || holder(app, token, &hash).await).await?;
    Ok(caller.map(|caller| Found { caller, token: token.to_owned() }))
}

async fn holder(app: &App, token: &str, hash: &str) -> ApiResult<Option<Caller>> {
    let Some(session) = app.store.session_by_token(hash).await? else { return Ok(None) };
    let now = app.clock.now();
    if has_ended(&session, now) {
        return Ok(None);
    }
    if now - session.last_seen_at >= NOTED_EVERY {
        // Who only looks is let in also while the database cannot be written; the session ends sooner then, at worst.
        if let Err(error) = app.store.session_touch(session.id, now).await
            && !error.is_away()
        {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }
    Ok(Some(caller_of(&app.store, &session, token, now).await?))
}

/// Who holds a session by now; none when it has ended.
pub(crate) async fn again(app: &App, known: &CallerSession) -> ApiResult<Option<Caller>> {
    let Some(session) = app.store.session_by_id(known.id).await? else { return Ok(None) };
    let now = app.clock.now();
    if has_ended(&session, now) {
        return Ok(None);
    }
    let caller = caller_of(&app.store, &session, "", now).await?;
    Ok(Some(caller))
}

/// Whether a session has ended by now.
pub(crate) fn has_ended(session: &SessionRecord, now: Timestamp) -> bool {
    now >= session.expires_at || now - session.last_seen_at >= IDLE
}

async fn caller_of(store: &Store, session: &SessionRecord, token: &str, now: Timestamp) -> ApiResult<Caller> {
    let known =
        CallerSession { id: session.id, holder: session.user, csrf: tokens::csrf(token), verified_at: session.verified_at, viewer: None };
    let own = Caller {
        actor: actor(&session.username)?,
        role: session.role.clone(),
        power: roles::power(store, &session.role).await?,
        user: Some(session.user),
        by: By::Session(known),
        needs: None,
        parts: Vec::new(),
    };
    match session.viewing {
        Some((user, until)) if now < until => {
            let viewed = store.user_get(user).await?.filter(|user| user.disabled_at.is_none());
            Ok(match viewed {
                Some(viewed) => viewing(store, &own, &viewed, until).await?.unwrap_or(own),
                None => own,
            })
        }
        _ => Ok(own),
    }
}

/// Somebody with the view of another login; none when that may do more than they. Both names are in every record.
async fn viewing(store: &Store, viewer: &Caller, user: &UserRecord, until: Timestamp) -> ApiResult<Option<Caller>> {
    let power = roles::power(store, &user.role).await?;
    let Some(session) = viewer.session().filter(|_| viewer.power.covers(power)) else { return Ok(None) };
    let session = CallerSession { viewer: Some((viewer.actor.to_string(), until)), ..session.clone() };
    let actor = actor(&format!("{}@{}", viewer.actor, user.username))?;
    let (role, by) = (user.role.clone(), By::Session(session));
    Ok(Some(Caller { actor, role, power, user: Some(user.id), by, needs: None, parts: Vec::new() }))
}

fn actor(name: &str) -> ApiResult<Actor> {
    name.parse().map_err(|e| ApiError::internal(format_args!("the login {name}: {e}")))
}

/// The one cookie value of our name. Two of them are none: somebody planted one.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let mut ours = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == wanted).map(|(_, value)| value);
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
        role: user.role.clone(),
        created_at: now,
        last_seen_at: now,
        expires_at: now + LONGEST,
        verified_at: now,
        address: origin.address.to_string(),
        user_agent: origin.user_agent.to_owned(),
        viewing: None,
    };
    tx.session_insert(&session, &tokens::stored(&token)).await?;
    tx.user_seen(user.id, now).await?;
    let known = CallerSession { id: session.id, holder: user.id, csrf: tokens::csrf(&token), verified_at: now, viewer: None };
    let power = roles::power_tx(tx, &user.role).await?.ok_or_else(|| ApiError::internal("a login without a role"))?;
    let by = By::Session(known);
    let caller =
        Caller { actor: actor(&user.username)?, role: user.role.clone(), power, user: Some(user.id), by, needs: None, parts: Vec::new() };
    Ok(Found { caller, token })
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

/// Gives a session another token, because what it may do, or what it takes to get one like it, has changed. Whoever had the old one
/// has nothing; the answer that hands the new one over is the only place it is in.
pub(crate) async fn renew(tx: &Tx, id: SessionId) -> Result<Renewed, StoreError> {
    let token = tokens::generate();
    tx.session_renew(id, &tokens::stored(&token)).await?;
    Ok(renewed(&token))
}

/// The same for whoever has just proved that they are who they say.
pub(crate) async fn proved(tx: &Tx, id: SessionId, now: Timestamp) -> Result<Renewed, StoreError> {
    let token = tokens::generate();
    tx.session_verified(id, &tokens::stored(&token), now).await?;
    Ok(renewed(&token))
}

/// The header that hands another token over.
pub(crate) type Renewed = [(header::HeaderName, HeaderValue); 1];

fn renewed(token: &str) -> Renewed {
    [(header::SET_COOKIE, set_cookie(token))]
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
pub(crate) async fn prune(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
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
            cookie(&headers, COOKIE).map(str::to_owned)
        };
        let token = tokens::generate();
        assert_eq!(of(&[&format!("a=b; {COOKIE}={token}")]), Some(token.clone()));
        assert_eq!(of(&[&format!("{COOKIE}={token}"), &format!("{COOKIE}=x")]), None);
        assert_eq!(of(&[&format!("np={token}")]), None);
        assert_eq!(of(&[&format!("{COOKIE}=short")]), None);
        assert_eq!(of(&[]), None);
    }
}
