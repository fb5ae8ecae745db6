//! Makes the first admin and logs in. 404 for good once an admin exists.

use crate::app::App;
use crate::auth::logins;
use crate::auth::sessions::{self, Origin};
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nusantara_api::ProblemCode;
use nusantara_api::auth::Me;
use nusantara_api::setup::Setup;
use nusantara_store::UserRecord;
use nusantara_types::{RoleName, UserId};
use secrecy::ExposeSecret;

/// Makes the first admin and logs in. 404 for good once an admin exists.
#[utoipa::path(
    post,
    path = "/setup",
    operation_id = "setup_finish",
    tag = "setup",
    request_body = Setup,
    responses((status = 201, description = "The admin exists and is logged in", body = Me), Problems)
)]
pub(crate) async fn finish(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    Json(request): Json<Setup>,
) -> ApiResult<Response> {
    if app.setup.is_done() {
        return Err(ApiError::not_found());
    }
    let username = logins::new_name(&request.username)?;
    // The token comes first: without it nobody gets this server to hash anything.
    if !app.setup.matches(&app.store, request.token.expose_secret()).await? {
        return Err(wrong_token());
    }
    let hash = app.passwords.hash(request.password).await?.ok_or_else(|| ApiError::invalid("password", "use 12 to 256 bytes"))?;

    let now = app.now();
    let tx = app.store.begin().await?;
    if !app.setup.spend(&tx, request.token.expose_secret()).await? {
        return Err(wrong_token());
    }
    let user = UserRecord::new(UserId::generate(), username, hash, RoleName::admin(), now);
    tx.user_insert(&user).await?;
    let origin = Origin { address, user_agent: sessions::user_agent(&headers), replaces: None };
    let session = sessions::begin(&tx, &user, origin, now).await?;
    logins::audit(&tx, &session.caller.actor, "setup.finish", &user.username, true, address, now).await?;
    tx.commit().await?;
    app.setup.finished();
    let cookie = [(header::SET_COOKIE, sessions::set_cookie(&session.token))];
    Ok((StatusCode::CREATED, cookie, axum::Json(session.caller.me())).into_response())
}

fn wrong_token() -> ApiError {
    let detail = "The setup token is not the right one; `nusantara setup-token` on the server prints it.";
    ApiError::new(ProblemCode::InvalidCredentials, detail).field("token", "give the token that `nusantara setup-token` prints")
}
