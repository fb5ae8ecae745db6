//! Proves once more who holds the session, for what is dangerous.

use super::login::password_of;
use crate::app::App;
use crate::auth::caller::Myself;
use crate::auth::logins::{self, Attempt};
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::auth::Verify;
use nusantara_store::{Tx, UserRecord};
use nusantara_types::Secret;
use std::net::IpAddr;

/// Proves once more who holds the session: for the next five minutes it may do what is dangerous.
#[utoipa::path(
    post,
    path = "/auth/verify",
    operation_id = "auth_verify",
    tag = "auth",
    request_body = Verify,
    responses((status = 204, description = "Proved"), Problems)
)]
pub(crate) async fn verify(
    State(app): State<App>,
    me: Myself,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Json(request): Json<Verify>,
) -> ApiResult<StatusCode> {
    let session = me.session.id.to_string();
    let (tx, user) = with_password(&app, &me, ("password", request.password), address).await?;
    let tx = logins::second_factor(&app, tx, &user, request.code.as_ref(), address).await?;
    let now = app.now();
    Attempt { username: &user.username, address, device: Some(&session) }.forgive(&tx).await?;
    tx.session_verified(me.session.id, now).await?;
    logins::audit(&tx, &me.caller.actor, "auth.verify", &user.username, true, address, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody's own login, once the password proved that it is theirs. Under the same budget as logging in, counted by session, so that
/// strangers cannot make its holder wait; the charge is the caller's to take back.
pub(crate) async fn with_password(
    app: &App,
    me: &Myself,
    (field, password): (&str, Secret),
    address: IpAddr,
) -> ApiResult<(Tx, UserRecord)> {
    let user = app.store.user_get(me.user).await?.ok_or_else(ApiError::unauthenticated)?;
    let session = me.session.id.to_string();
    Attempt { username: &user.username, address, device: Some(&session) }.charge(app).await?;
    let right = app.passwords.verify(password, password_of(Some(&user))).await?;
    let tx = app.store.begin().await?;
    if right {
        return Ok((tx, user));
    }
    logins::audit_refusal(&tx, &user.username, address, app.now()).await?;
    tx.commit().await?;
    let refusal = ApiError::new(ProblemCode::InvalidCredentials, "The password is wrong.");
    Err(refusal.field(field, "give the password of your login"))
}
