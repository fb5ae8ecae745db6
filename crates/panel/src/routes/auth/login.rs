//! Logs in with name and password.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::{self, Attempt};
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
use nusantara_store::UserRecord;

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
    let username = logins::normal(&request.username);
    let user = app.store.user_by_name(&username).await?;
    let device = devices::known(&app, &headers, user.as_ref()).await?;
    let attempt = Attempt { username: &username, address, device: device.as_deref() };
    // Counted as a failure before the password is looked at: a hundred guesses at once are a hundred guesses.
    attempt.charge(&app).await?;
    let right = app.passwords.verify(request.password, password_of(user.as_ref())).await?;

    let now = app.now();
    let tx = app.store.begin().await?;
    let Some(user) = user.filter(|_| right) else {
        logins::audit_refusal(&tx, &username, address, now).await?;
        tx.commit().await?;
        return Err(ApiError::new(ProblemCode::InvalidCredentials, "The name or the password is wrong."));
    };
    let tx = logins::second_factor(&app, tx, &user, request.code.as_ref(), address).await?;
    let replaces = known.and_then(|Extension(caller)| caller.session().map(|session| session.id));
    let origin = Origin { address, user_agent: sessions::user_agent(&headers), replaces };
    let session = sessions::begin(&tx, &user, origin, now).await?;
    attempt.forgive(&tx).await?;
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
