//! One's own passkeys: made, named, removed.

use crate::app::App;
use crate::auth::caller::Myself;
use crate::auth::sessions::{self, Renewed};
use crate::auth::{passkeys, second_factor};
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::passkeys::{AddPasskey, AddedPasskey, PasskeyList, PasskeyQuestion, RenamePasskey};
use nusantara_types::PasskeyId;

/// One's passkeys.
#[utoipa::path(
    get,
    path = "/auth/passkeys",
    operation_id = "passkey_list",
    tag = "auth",
    responses((status = 200, description = "The passkeys, and where they work", body = PasskeyList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, me: Myself) -> ApiResult<axum::Json<PasskeyList>> {
    let items = app.store.passkey_list(me.user).await?.into_iter().map(views::people::passkey).collect();
    Ok(axum::Json(PasskeyList { origin: app.passkeys.origin().map(str::to_owned), items }))
}

/// Asks a device for a new passkey.
#[utoipa::path(
    post,
    path = "/auth/passkeys/question",
    operation_id = "passkey_ask",
    tag = "auth",
    responses((status = 201, description = "What the device is asked", body = PasskeyQuestion), Problems)
)]
pub(crate) async fn ask(State(app): State<App>, me: Myself) -> ApiResult<(StatusCode, axum::Json<PasskeyQuestion>)> {
    Ok((StatusCode::CREATED, axum::Json(passkeys::ask_for_addition(&app, &me).await?)))
}

/// Keeps a new passkey. It logs in by itself from now on, and the password alone does not any more. Other sessions end, and this
/// one gets another token.
#[utoipa::path(
    post,
    path = "/auth/passkeys",
    operation_id = "passkey_add",
    tag = "auth",
    request_body = AddPasskey,
    responses((status = 201, description = "It is kept", body = AddedPasskey), Problems)
)]
pub(crate) async fn add(
    State(app): State<App>,
    me: Myself,
    Json(request): Json<AddPasskey>,
) -> ApiResult<(StatusCode, Renewed, axum::Json<AddedPasskey>)> {
    let record = passkeys::add(&app, &me, request).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    passkeys::room(tx.passkey_count(me.user).await?)?;
    tx.passkey_insert(&record).await?;
    let recovery_codes = match tx.recovery_code_count(me.user).await? {
        0 => second_factor::new_codes(&tx, me.user).await?,
        _ => Vec::new(),
    };
    tx.session_delete_all(me.user, Some(me.session.id)).await?;
    let renewed = sessions::renew(&tx, me.session.id).await?;
    passkeys::note(&tx, &me, "passkey.add", (record.id, &record.name), now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, renewed, axum::Json(AddedPasskey { passkey: views::people::passkey(record), recovery_codes })))
}

/// Gives a passkey another name.
#[utoipa::path(
    put,
    path = "/auth/passkeys/{id}",
    operation_id = "passkey_rename",
    tag = "auth",
    params(
        ("id" = Uuid, Path, description = "The passkey"),
    ),
    request_body = RenamePasskey,
    responses((status = 204, description = "It has the name"), Problems)
)]
pub(crate) async fn rename(
    State(app): State<App>,
    me: Myself,
    Segment(id): Segment<PasskeyId>,
    Json(request): Json<RenamePasskey>,
) -> ApiResult<StatusCode> {
    let name = passkeys::name(&request.name)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    if !tx.passkey_rename(me.user, id, &name).await? {
        return Err(ApiError::not_found());
    }
    passkeys::note(&tx, &me, "passkey.rename", (id, &name), now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a passkey: it opens nothing any more. Other sessions end.
#[utoipa::path(
    delete,
    path = "/auth/passkeys/{id}",
    operation_id = "passkey_remove",
    tag = "auth",
    params(
        ("id" = Uuid, Path, description = "The passkey"),
    ),
    responses((status = 204, description = "It is gone"), Problems)
)]
pub(crate) async fn remove(State(app): State<App>, me: Myself, Segment(id): Segment<PasskeyId>) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let name = tx.passkey_delete(me.user, id).await?.ok_or_else(ApiError::not_found)?;
    passkeys::without_factors(&tx, me.user).await?;
    tx.session_delete_all(me.user, Some(me.session.id)).await?;
    passkeys::note(&tx, &me, "passkey.remove", (id, &name), now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
