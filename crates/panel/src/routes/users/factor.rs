//! Has the second factor of a login forgotten, for an owner who has lost it.

use super::{has_second_factor, not_own, view, within_reach};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::factor_drop;
use crate::auth::logins::{self, LoginName};
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::people::User;
use serde_json::{Value, json};

/// Has the app, the recovery codes and the passkeys of a login forgotten a day from now. Its owner is told on every page, and keeps them with
/// one click or by showing one of them. Asked again, the first time stays.
#[utoipa::path(
    post,
    path = "/users/{username}/second-factor/drop",
    operation_id = "user_second_factor_drop",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    responses((status = 200, description = "The login, with the time", body = User), Problems)
)]
pub(crate) async fn announce(State(app): State<App>, caller: Caller, Segment(name): Segment<LoginName>) -> ApiResult<Json<User>> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let user = within_reach(&tx, &caller, &name.0).await?;
    not_own(&caller, &user)?;
    // Or one that its owner adds tomorrow would go with the notice of today.
    if !has_second_factor(&app, user.id).await? {
        return Err(ApiError::not_found());
    }
    let at = factor_drop::announce(&tx, user.id, now).await?;
    logins::note(&tx, &caller.actor, "second_factor.announce", &user.username, json!({ "drops_at": at }), now).await?;
    tx.commit().await?;
    Ok(Json(view(&app, &caller, &user).await?))
}

/// Takes that back.
#[utoipa::path(
    delete,
    path = "/users/{username}/second-factor/drop",
    operation_id = "user_second_factor_keep",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    responses((status = 200, description = "The login; its second factor stays", body = User), Problems)
)]
pub(crate) async fn withdraw(State(app): State<App>, caller: Caller, Segment(name): Segment<LoginName>) -> ApiResult<Json<User>> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let user = within_reach(&tx, &caller, &name.0).await?;
    not_own(&caller, &user)?;
    if !factor_drop::withdraw(&tx, user.id).await? {
        return Err(ApiError::not_found());
    }
    logins::note(&tx, &caller.actor, "second_factor.keep", &user.username, Value::Null, now).await?;
    tx.commit().await?;
    Ok(Json(view(&app, &caller, &user).await?))
}
