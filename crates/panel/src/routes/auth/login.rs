//! Logs in with name and password.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins;
use crate::auth::sessions::{self, Origin};
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use nusantara_api::ProblemCode;
use nusantara_api::auth::{Login, Me};

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
    // Counted as a failure before the password is looked at: a hundred guesses at once are a hundred guesses.
    logins::charge(&app, &username, address).await?;
    let user = app.store.user_by_name(&username).await?;
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let right = app.passwords.verify(request.password, stored).await?;

    let now = app.now();
    let tx = app.store.begin().await?;
    let Some(user) = user.filter(|_| right) else {
        logins::audit_refusal(&tx, &username, address, now).await?;
        tx.commit().await?;
        return Err(ApiError::new(ProblemCode::InvalidCredentials, "The name or the password is wrong."));
    };
    let replaces = known.and_then(|Extension(caller)| caller.session).map(|session| session.id);
    let origin = Origin { address, user_agent: sessions::user_agent(&headers), replaces };
    let session = sessions::begin(&tx, &user, origin, now).await?;
    logins::forgive(&tx, &username, address).await?;
    logins::audit(&tx, &session.caller.actor, "auth.login", &user.username, true, address, now).await?;
    tx.commit().await?;
    Ok(([(header::SET_COOKIE, sessions::set_cookie(&session.token))], axum::Json(session.caller.me())).into_response())
}
