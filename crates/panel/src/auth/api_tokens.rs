//! Tokens for programs, sent as `Authorization: Bearer`. What one may do is what its owner may, as far as it names that.

use super::caller::{By, Caller};
use super::permission::Rights;
use super::{roles, tokens};
use crate::app::App;
use crate::http::{ApiError, ApiResult};
use axum::http::{HeaderMap, header};
use chrono::TimeDelta;
use nusantara_store::ApiTokenRecord;
use std::net::IpAddr;

/// What a token begins with, so that people and scanners of leaked secrets know what they have found.
const START: &str = "npt_";
/// How exactly the last use is noted.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A new token.
pub(crate) fn generate() -> String {
    format!("{START}{}", tokens::generate())
}

/// Whether a request brings a token: then nothing else it carries counts.
pub(crate) fn is_brought(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION)
}

/// Who the request's token stands for, if it is good, and good from here.
pub(crate) async fn find(app: &App, headers: &HeaderMap, address: IpAddr) -> ApiResult<Option<Caller>> {
    let text = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let Some(token) = text.strip_prefix("Bearer ").filter(|token| token.starts_with(START) && token.len() == START.len() + 43) else {
        return Ok(None);
    };
    let hash = tokens::stored(token);
    app.tokens.of(app, (hash.clone(), address), async || known(app, hash, address).await).await
}

async fn known(app: &App, hash: String, address: IpAddr) -> ApiResult<Option<Caller>> {
    let Some(known) = app.store.api_token_by_hash(&hash).await? else { return Ok(None) };
    let from_here = known.networks.is_empty() || known.networks.iter().any(|network| network.contains(address));
    let Some(caller) = caller(app, &known, hash).await?.filter(|_| from_here) else { return Ok(None) };
    let now = app.now();
    if known.last_used_at.is_none_or(|last| now - last >= NOTED_EVERY) {
        app.store.api_token_touch(known.id, &address.to_string(), now).await?;
    }
    Ok(Some(caller))
}

/// Who a token stands for by now; none when it has ended.
pub(crate) async fn again(app: &App, hash: &str) -> ApiResult<Option<Caller>> {
    match app.store.api_token_by_hash(hash).await? {
        Some(known) => caller(app, &known, hash.to_owned()).await,
        None => Ok(None),
    }
}

async fn caller(app: &App, known: &ApiTokenRecord, hash: String) -> ApiResult<Option<Caller>> {
    if known.expires_at.is_some_and(|end| app.now() >= end) {
        return Ok(None);
    }
    let user = app.store.user_get(known.user).await?.filter(|user| user.disabled_at.is_none());
    let Some(user) = user else { return Ok(None) };
    let mut power = roles::power(&app.store, &user.role).await?;
    power.rights = power.rights.and(Rights::named(&known.permissions));
    let actor = user.username.parse().map_err(|e| ApiError::internal(format_args!("login {}: {e}", user.id)))?;
    Ok(Some(Caller { actor, role: user.role, power, user: Some(user.id), by: By::Token(hash), needs: None, parts: Vec::new() }))
}
