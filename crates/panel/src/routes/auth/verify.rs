//! Proves once more who holds the session, for what is dangerous.

use super::login::password_of;
use crate::app::App;
use crate::auth::caller::Myself;
use crate::auth::logins::{self, Attempt, Besides};
use crate::auth::passkeys::{self, Purpose};
use crate::auth::sessions::{self, Renewed};
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::auth::Verify;
use nusantara_api::passkeys::{PasskeyAnswer, PasskeyQuestion};
use nusantara_store::{Tx, UserRecord};
use nusantara_types::Secret;
use std::net::IpAddr;

/// Proves once more who holds the session: for the next five minutes it may do what is dangerous. The session gets another token.
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
) -> ApiResult<(Renewed, StatusCode)> {
    let session = me.session.id.to_string();
    let tx = match (request.password, request.passkey) {
        (Some(password), None) => {
            let (tx, user) = with_password(&app, &me, ("password", password), address).await?;
            let besides = Besides { code: request.code.as_ref(), passkey: None };
            let tx = logins::second_factor(&app, tx, &user, besides, address).await?;
            Attempt { username: &user.username, address, device: Some(&session) }.forgive(&tx).await?;
            tx
        }
        (None, Some(answer)) => with_passkey(&app, &me, answer, address).await?,
        _ => return Err(ApiError::invalid("password", "give either the password or a passkey")),
    };
    let now = app.now();
    let renewed = sessions::proved(&tx, me.session.id, now).await?;
    logins::audit(&tx, &me.caller.actor, "auth.verify", me.caller.login(), true, address, now).await?;
    tx.commit().await?;
    Ok((renewed, StatusCode::NO_CONTENT))
}

/// Asks a device for one of the caller's passkeys.
#[utoipa::path(
    post,
    path = "/auth/verify/question",
    operation_id = "auth_verify_ask",
    tag = "auth",
    responses((status = 201, description = "What the device is asked", body = PasskeyQuestion), Problems)
)]
pub(crate) async fn ask(State(app): State<App>, me: Myself) -> ApiResult<(StatusCode, axum::Json<PasskeyQuestion>)> {
    Ok((StatusCode::CREATED, axum::Json(passkeys::ask_for_proof(&app, &me).await?)))
}

/// A passkey of the caller's own proves that it is they.
async fn with_passkey(app: &App, me: &Myself, answer: PasskeyAnswer, address: IpAddr) -> ApiResult<Tx> {
    let proved = passkeys::check(app, Purpose::Proof(me.session.id), answer, address).await?;
    let tx = app.store.begin().await?;
    if proved.user != me.user {
        logins::audit_refusal(&tx, me.caller.login(), address, app.now()).await?;
        tx.commit().await?;
        return Err(passkeys::refused());
    }
    proved.note(&tx, me.caller.login(), address, app.now()).await?;
    Ok(tx)
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
