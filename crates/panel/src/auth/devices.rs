//! Browsers that a login was seen in. A cookie of its own remembers them past the session: failures of strangers, also from the same
//! network, then never make its owner wait (SECURITY R21). It proves nothing else and opens nothing.

use super::sessions::cookie;
use super::tokens;
use crate::app::App;
use crate::http::ApiResult;
use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use nusantara_store::UserRecord;

const COOKIE: &str = "__Host-nd";
/// How long a browser is remembered after it was last used to log in.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(180);

/// The browser's token, if this login was seen in it. It is looked up for a name that nobody has as well: the time tells nothing.
pub(crate) async fn known(app: &App, headers: &HeaderMap, user: Option<&UserRecord>) -> ApiResult<Option<String>> {
    let Some(token) = cookie(headers, COOKIE) else { return Ok(None) };
    let seen = app.store.known_device(&tokens::stored(token)).await?;
    let here = seen.is_some() && seen == user.map(|user| user.id);
    Ok(here.then(|| token.to_owned()))
}

/// `Set-Cookie` for a browser that is remembered.
pub(crate) fn set_cookie(token: &str) -> HeaderValue {
    let seconds = KEPT.num_seconds();
    // Base64url is always a valid header value.
    HeaderValue::from_str(&format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}"))
        .unwrap_or(HeaderValue::from_static(""))
}
