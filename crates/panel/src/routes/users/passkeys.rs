//! The passkeys of a login. Only root on the host takes one away from somebody else, as with every second factor.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::{self, LoginName};
use crate::auth::passkeys;
use crate::http::extract::{Segment, Segments};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::passkeys::PasskeyList;
use nusantara_types::PasskeyId;
use serde_json::json;

/// The passkeys of a login.
#[utoipa::path(
    get,
    path = "/users/{username}/passkeys",
    operation_id = "user_passkey_list",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    responses((status = 200, description = "The passkeys, and where they work", body = PasskeyList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, Segment(name): Segment<LoginName>) -> ApiResult<Json<PasskeyList>> {
    let user = app.store.user_by_name(&name.0).await?.ok_or_else(ApiError::not_found)?;
    let items = app.store.passkey_list(user.id).await?.into_iter().map(views::people::passkey).collect();
    Ok(Json(PasskeyList { origin: app.passkeys.origin().map(str::to_owned), items }))
}

/// Takes a passkey away from a login: a device was lost, say. Its sessions end.
#[utoipa::path(
    delete,
    path = "/users/{username}/passkeys/{id}",
    operation_id = "user_passkey_remove",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
        ("id" = Uuid, Path, description = "The passkey"),
    ),
    responses((status = 204, description = "It opens nothing any more"), Problems)
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Segments(name, id): Segments<LoginName, PasskeyId>,
) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let user = tx.user_by_name(&name.0).await?.ok_or_else(ApiError::not_found)?;
    let passkey = tx.passkey_delete(user.id, id).await?.ok_or_else(ApiError::not_found)?;
    passkeys::without_factors(&tx, user.id).await?;
    tx.session_delete_all(user.id, None).await?;
    logins::note(&tx, &caller.actor, "passkey.remove", &user.username, json!({ "passkey": id, "name": passkey }), now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
