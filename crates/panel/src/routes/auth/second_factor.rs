//! One's own second factor: set up with an app, confirmed by a code of it, taken away, and recovery codes.

use crate::app::App;
use crate::auth::caller::Myself;
use crate::auth::factor_drop;
use crate::auth::logins;
use crate::auth::logins::Attempt;
use crate::auth::passkeys;
use crate::auth::second_factor;
use crate::auth::sessions::{self, Renewed};
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::auth::{ConfirmSecondFactor, RecoveryCodes, SecondFactor, SecondFactorSetup};
use secrecy::ExposeSecret;
use serde_json::Value;

/// Whether one's login asks for a code.
#[utoipa::path(
    get,
    path = "/auth/second-factor",
    operation_id = "second_factor_show",
    tag = "auth",
    responses((status = 200, description = "Whether it does", body = SecondFactor), Problems)
)]
pub(crate) async fn show(State(app): State<App>, me: Myself) -> ApiResult<axum::Json<SecondFactor>> {
    let enabled = app.store.totp_get(me.user).await?.is_some_and(|record| record.confirmed_at.is_some());
    let left = u32::try_from(app.store.recovery_code_count(me.user).await?).unwrap_or(u32::MAX);
    Ok(axum::Json(SecondFactor { enabled, recovery_codes_left: left }))
}

/// Makes what an app makes codes from. It is asked for once a code has confirmed that the app has it.
#[utoipa::path(
    post,
    path = "/auth/second-factor",
    operation_id = "second_factor_begin",
    tag = "auth",
    responses((status = 201, description = "To be taken over by the app; shown this once", body = SecondFactorSetup), Problems)
)]
pub(crate) async fn begin(State(app): State<App>, me: Myself) -> ApiResult<(StatusCode, axum::Json<SecondFactorSetup>)> {
    let now = app.now();
    let tx = app.store.begin().await?;
    if tx.totp_get(me.user).await?.is_some_and(|record| record.confirmed_at.is_some()) {
        return Err(ApiError::new(ProblemCode::NameTaken, "There is a second factor already; remove it first."));
    }
    let setup = second_factor::begin(&app, &tx, me.user, me.caller.login(), now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(setup)))
}

/// Confirms with a code that the app has it: from now on a code is asked for. Other sessions end, and this one gets another token.
#[utoipa::path(
    put,
    path = "/auth/second-factor",
    operation_id = "second_factor_confirm",
    tag = "auth",
    request_body = ConfirmSecondFactor,
    responses((status = 200, description = "Codes for when the app is lost; shown this once", body = RecoveryCodes), Problems)
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    me: Myself,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Json(request): Json<ConfirmSecondFactor>,
) -> ApiResult<(Renewed, axum::Json<RecoveryCodes>)> {
    let session = me.session.id.to_string();
    let attempt = Attempt { username: me.caller.login(), address, device: Some(&session) };
    attempt.charge(&app).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let begun = tx.totp_get(me.user).await?.filter(|record| record.confirmed_at.is_none());
    let begun = begun.ok_or_else(ApiError::not_found)?;
    if !second_factor::spend(&app.vault, &tx, me.user, &begun, request.code.expose_secret(), now).await? {
        return Err(ApiError::invalid("code", "this is not the code that the app shows now; is the clock of the telephone right?"));
    }
    tx.totp_confirm(me.user, now).await?;
    let codes = second_factor::new_codes(&tx, me.user).await?;
    tx.session_delete_all(me.user, Some(me.session.id)).await?;
    let renewed = sessions::renew(&tx, me.session.id).await?;
    attempt.forgive(&tx).await?;
    logins::note(&tx, &me.caller.actor, "second_factor.add", me.caller.login(), Value::Null, now).await?;
    tx.commit().await?;
    Ok((renewed, axum::Json(RecoveryCodes { codes })))
}

/// Asks for no code of an app any more.
#[utoipa::path(
    delete,
    path = "/auth/second-factor",
    operation_id = "second_factor_remove",
    tag = "auth",
    responses((status = 204, description = "The password is enough, unless there are passkeys"), Problems)
)]
pub(crate) async fn remove(State(app): State<App>, me: Myself) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    if !tx.totp_delete(me.user).await? {
        return Err(ApiError::not_found());
    }
    passkeys::without_factors(&tx, me.user).await?;
    logins::note(&tx, &me.caller.actor, "second_factor.remove", me.caller.login(), Value::Null, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps the second factor that root was asked to drop. It can be asked for again.
#[utoipa::path(
    post,
    path = "/auth/second-factor/keep",
    operation_id = "second_factor_keep",
    tag = "auth",
    responses((status = 204, description = "It stays"), Problems)
)]
pub(crate) async fn keep(State(app): State<App>, me: Myself) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    if !factor_drop::withdraw(&tx, me.user).await? {
        return Err(ApiError::not_found());
    }
    logins::note(&tx, &me.caller.actor, "second_factor.keep", me.caller.login(), Value::Null, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new recovery codes. Those from before stop working.
#[utoipa::path(
    post,
    path = "/auth/recovery-codes",
    operation_id = "recovery_codes_new",
    tag = "auth",
    responses((status = 201, description = "The codes; shown this once", body = RecoveryCodes), Problems)
)]
pub(crate) async fn new_codes(State(app): State<App>, me: Myself) -> ApiResult<(StatusCode, axum::Json<RecoveryCodes>)> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let app_makes_codes = tx.totp_get(me.user).await?.is_some_and(|record| record.confirmed_at.is_some());
    if !app_makes_codes && tx.passkey_count(me.user).await? == 0 {
        return Err(ApiError::not_found());
    }
    let codes = second_factor::new_codes(&tx, me.user).await?;
    logins::note(&tx, &me.caller.actor, "second_factor.codes", me.caller.login(), Value::Null, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(RecoveryCodes { codes })))
}
