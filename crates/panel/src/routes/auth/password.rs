//! Somebody gives their own login another password.

use super::verify::with_password;
use crate::app::App;
use crate::auth::caller::Myself;
use crate::auth::logins::{self, Attempt};
use crate::auth::sessions::{self, Renewed};
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::auth::ChangePassword;
use nusantara_store::UserRecord;

/// Gives one's own login another password. Its other sessions end, and this one gets another token.
#[utoipa::path(
    put,
    path = "/auth/password",
    operation_id = "auth_password",
    tag = "auth",
    request_body = ChangePassword,
    responses((status = 204, description = "It is set"), Problems)
)]
pub(crate) async fn change(
    State(app): State<App>,
    me: Myself,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Json(request): Json<ChangePassword>,
) -> ApiResult<(Renewed, StatusCode)> {
    let session = me.session.id.to_string();
    // Hashed first: no transaction is held while a password is.
    let hash = app.passwords.hash(request.new).await?.ok_or_else(|| ApiError::invalid("new", "use 12 to 256 bytes"))?;
    let (tx, user) = with_password(&app, &me, ("current", request.current), address).await?;
    let now = app.now();
    let fresh = UserRecord { password_hash: hash, ..user };
    tx.user_update(&fresh, now).await?;
    tx.session_delete_all(fresh.id, Some(me.session.id)).await?;
    let renewed = sessions::renew(&tx, me.session.id).await?;
    tx.login_link_delete(fresh.id).await?;
    Attempt { username: &fresh.username, address, device: Some(&session) }.forgive(&tx).await?;
    logins::audit(&tx, &me.caller.actor, "auth.password", &fresh.username, true, address, now).await?;
    tx.commit().await?;
    Ok((renewed, StatusCode::NO_CONTENT))
}
