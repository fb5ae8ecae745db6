//! Logs in with a passkey, without a name and without a password.

use super::login::{Entering, enter};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::devices;
use crate::auth::passkeys::{self, Purpose};
use crate::http::ApiResult;
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use nusantara_api::auth::Me;
use nusantara_api::passkeys::{PasskeyAnswer, PasskeyQuestion};
use nusantara_store::AuditPhase;
use serde_json::json;

/// Asks a device for any passkey of this panel.
#[utoipa::path(
    post,
    path = "/auth/login/question",
    operation_id = "auth_login_ask",
    tag = "auth",
    responses((status = 201, description = "What the device is asked", body = PasskeyQuestion), Problems)
)]
pub(crate) async fn ask(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
) -> ApiResult<(StatusCode, axum::Json<PasskeyQuestion>)> {
    Ok((StatusCode::CREATED, axum::Json(passkeys::ask_for_login(&app, address).await?)))
}

/// Logs in with a passkey. No other factor is asked for: the device has made sure of its owner.
#[utoipa::path(
    post,
    path = "/auth/login/passkey",
    operation_id = "auth_login_passkey",
    tag = "auth",
    request_body = PasskeyAnswer,
    responses((status = 200, description = "Logged in", body = Me), Problems)
)]
pub(crate) async fn login(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    known: Option<Extension<Caller>>,
    headers: HeaderMap,
    Json(answer): Json<PasskeyAnswer>,
) -> ApiResult<Response> {
    let proved = passkeys::check(&app, Purpose::Login, answer, address).await?;
    let user = app.store.user_get(proved.user).await?.filter(|user| user.disabled_at.is_none()).ok_or_else(passkeys::refused)?;
    let device = devices::known(&app, &headers, Some(&user)).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    proved.note(&tx, &user.username, address, now).await?;
    let actor = user.username.parse().map_err(crate::http::ApiError::internal)?;
    let facts = json!({ "address": address, "passkey": proved.record.id });
    passkeys::write_down(&tx, &actor, AuditPhase::Success, &user.username, facts, now).await?;
    let replaces = known.as_ref().and_then(|Extension(caller)| caller.session()).map(|session| session.id);
    enter(tx, &user, Entering { address, headers: &headers, replaces, device }, now).await
}
