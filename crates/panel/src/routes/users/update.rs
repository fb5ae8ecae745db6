//! Gives a login another role, address or state.

use super::{admin_is_left, givable, not_own, view, within_reach};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::{self, LoginName};
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::extract::State;
use nusantara_api::people::{UpdateUser, User};
use nusantara_store::UserRecord;
use serde_json::json;

/// Gives a login another role, address or state. Its sessions end when it may do something else than before.
#[utoipa::path(
    put,
    path = "/users/{username}",
    operation_id = "user_update",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    request_body = UpdateUser,
    responses((status = 200, description = "The login as it is now", body = User), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segment(name): Segment<LoginName>,
    Json(request): Json<UpdateUser>,
) -> ApiResult<axum::Json<User>> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let known = within_reach(&tx, &caller, &name.0).await?;
    let other = known.role != request.role || known.disabled_at.is_some() != request.disabled;
    if other {
        not_own(&caller, &known)?;
        givable(&tx, &caller, &request.role).await?;
        if known.role != request.role || request.disabled {
            admin_is_left(&tx, &known).await?;
        }
        tx.session_delete_all(known.id, None).await?;
    }
    if request.disabled {
        tx.login_link_delete(known.id).await?;
    }
    let facts = json!({ "role": request.role, "disabled": request.disabled });
    let disabled_at = request.disabled.then(|| known.disabled_at.unwrap_or(now));
    let fresh = UserRecord { role: request.role, email: request.email, disabled_at, ..known };
    tx.user_update(&fresh, now).await?;
    logins::note(&tx, &caller.actor, "user.update", &fresh.username, facts, now).await?;
    tx.commit().await?;
    let user = app.store.user_by_name(&name.0).await?.ok_or_else(ApiError::not_found)?;
    Ok(axum::Json(view(&app, &caller, &user).await?))
}
