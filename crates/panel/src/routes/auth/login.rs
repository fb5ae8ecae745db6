//! Logs in with name and password.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::{self, Attempt, Besides};
use crate::auth::passkeys::{self, Purpose};
use crate::auth::sessions::{self, Origin};
use crate::auth::{devices, tokens};
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use nusantara_api::ProblemCode;
use nusantara_api::auth::{Login, Me};
use nusantara_store::{Tx, UserRecord};
use nusantara_types::{SessionId, Timestamp};
use std::net::IpAddr;

/// Logs in with name and password.
#[utoipa::path(
    post,
    path = "/auth/login",
    operation_id = "auth_login",
    tag = "auth",
    request_body = Login,
    responses((status = 200, description = "Logged in", body = Me), Problems)
)]
pub(crate) async fn login(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    known: Option<Extension<Caller>>,
    headers: HeaderMap,
    Json(request): Json<Login>,
) -> ApiResult<Response> {
    let place = app.passwords.place()?;
    let username = logins::normal(&request.username);
    let user = app.store.user_by_name(&username).await?;
    let device = devices::known(&app, &headers, user.as_ref()).await?;
    let attempt = Attempt { username: &username, address, device: device.as_deref() };
    // Counted as a failure before the password is looked at: a hundred guesses at once are a hundred guesses.
    attempt.charge(&app).await?;
    let right = app.passwords.verify_at(place, request.password, password_of(user.as_ref())).await?;

    let passkey = match request.passkey {
        Some(answer) if right => Some(passkeys::check(&app, Purpose::Login, answer, address).await?),
        _ => None,
    };
    let now = app.now();
    let tx = app.store.begin().await?;
    let Some(user) = user.filter(|_| right) else {
        logins::audit_refusal(&tx, &username, address, now).await?;
        tx.commit().await?;
        return Err(ApiError::new(ProblemCode::InvalidCredentials, "The name or the password is wrong."));
    };
    let besides = Besides { code: request.code.as_ref(), passkey: passkey.as_ref() };
    let tx = logins::second_factor(&app, tx, &user, besides, address).await?;
    attempt.forgive(&tx).await?;
    let replaces = known.and_then(|Extension(caller)| caller.session().map(|session| session.id));
    enter(tx, &user, Entering { address, headers: &headers, replaces, device }, now).await
}

/// Where somebody comes from who has proved who they are.
pub(super) struct Entering<'a> {
    pub(super) address: IpAddr,
    pub(super) headers: &'a HeaderMap,
    /// The session that the browser had before.
    pub(super) replaces: Option<SessionId>,
    /// Token of the browser, if the login was seen in it before.
    pub(super) device: Option<String>,
}

/// Begins the session of somebody who has proved who they are, and ends the transaction.
pub(super) async fn enter(tx: Tx, user: &UserRecord, from: Entering<'_>, now: Timestamp) -> ApiResult<Response> {
    let Entering { address, headers, replaces, device } = from;
    let origin = Origin { address, user_agent: sessions::user_agent(headers), replaces };
    let session = sessions::begin(&tx, user, origin, now).await?;
    let device = device.unwrap_or_else(tokens::generate);
    tx.known_device_put(&tokens::stored(&device), user.id, now).await?;
    logins::audit(&tx, &session.caller.actor, "auth.login", &user.username, true, address, now).await?;
    tx.commit().await?;
    let cookies = [sessions::set_cookie(&session.token), devices::set_cookie(&device)].map(|cookie| (header::SET_COOKIE, cookie));
    Ok((AppendHeaders(cookies), axum::Json(session.caller.me())).into_response())
}

/// What a password is compared with. A login that lets nobody in looks like one that is not there.
pub(crate) fn password_of(user: Option<&UserRecord>) -> Option<String> {
    let user = user.filter(|user| user.disabled_at.is_none() && !user.password_hash.is_empty());
    user.map(|user| user.password_hash.clone())
}
