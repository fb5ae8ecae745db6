//! Sets a password by a link. It logs nobody in: that asks for the second factor as always.

use crate::app::App;
use crate::auth::logins::Attempt;
use crate::auth::{logins, tokens};
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::auth::{LinkOwner, LookAtLink, UseLink};
use nusantara_store::{LoginLink, Tx, UserRecord};
use nusantara_types::{Actor, Timestamp};
use secrecy::ExposeSecret;
use serde_json::Value;

/// Whose password a link sets.
#[utoipa::path(
    post,
    path = "/auth/link",
    operation_id = "link_look",
    tag = "auth",
    request_body = LookAtLink,
    responses((status = 200, description = "Whose", body = LinkOwner), Problems)
)]
pub(crate) async fn look(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Json(request): Json<LookAtLink>,
) -> ApiResult<axum::Json<LinkOwner>> {
    let attempt = Attempt { username: NOBODY, address, device: None };
    attempt.charge(&app).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let (link, user) = good(&tx, request.token.expose_secret(), now).await?;
    attempt.forgive(&tx).await?;
    tx.commit().await?;
    Ok(axum::Json(LinkOwner { username: user.username, expires_at: link.expires_at }))
}

/// Sets the password that a link is for. Every session of the login ends; logging in comes after that.
#[utoipa::path(
    put,
    path = "/auth/link",
    operation_id = "link_use",
    tag = "auth",
    request_body = UseLink,
    responses((status = 204, description = "It is set, and the link is spent"), Problems)
)]
pub(crate) async fn set(
    State(app): State<App>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Json(request): Json<UseLink>,
) -> ApiResult<StatusCode> {
    let token = request.token.expose_secret();
    let attempt = Attempt { username: NOBODY, address, device: None };
    attempt.charge(&app).await?;
    // Without a link that works nobody gets this server to hash anything.
    let known = app.store.login_link_by_token(&tokens::stored(token)).await?;
    known.filter(|link| app.now() < link.expires_at).ok_or_else(ApiError::not_found)?;
    let hash = app.passwords.hash(request.password).await?.ok_or_else(|| ApiError::invalid("password", "use 12 to 256 bytes"))?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let (_, user) = good(&tx, token, now).await?;
    let fresh = UserRecord { password_hash: hash, ..user };
    tx.user_update(&fresh, now).await?;
    tx.login_link_delete(fresh.id).await?;
    tx.session_delete_all(fresh.id, None).await?;
    tx.known_device_delete_all(fresh.id).await?;
    attempt.forgive(&tx).await?;
    let actor: Actor = fresh.username.parse().map_err(ApiError::internal)?;
    logins::note(&tx, &actor, "user.password_by_link", &fresh.username, Value::Null, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// In the place of a name, which somebody who tries links does not give.
const NOBODY: &str = "link";

async fn good(tx: &Tx, token: &str, now: Timestamp) -> ApiResult<(LoginLink, UserRecord)> {
    let link = tx.login_link_by_token(&tokens::stored(token)).await?.filter(|link| now < link.expires_at);
    let link = link.ok_or_else(ApiError::not_found)?;
    let user = tx.user_get(link.user).await?.filter(|user| user.disabled_at.is_none()).ok_or_else(ApiError::not_found)?;
    Ok((link, user))
}
