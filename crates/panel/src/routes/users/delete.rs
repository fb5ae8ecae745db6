//! Removes a login. What belongs to accounts stays.

use super::{admin_is_left, not_own, within_reach};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::factor_drop;
use crate::auth::logins::{self, LoginName};
use crate::http::ApiResult;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;

/// Removes a login, with its sessions, tokens and its part in accounts. The accounts stay.
#[utoipa::path(
    delete,
    path = "/users/{username}",
    operation_id = "user_delete",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    responses((status = 204, description = "It is gone"), Problems)
)]
pub(crate) async fn delete(State(app): State<App>, caller: Caller, Segment(name): Segment<LoginName>) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let user = within_reach(&tx, &caller, &name.0).await?;
    not_own(&caller, &user)?;
    admin_is_left(&tx, &user).await?;
    tx.session_delete_all(user.id, None).await?;
    factor_drop::withdraw(&tx, user.id).await?;
    tx.user_delete(user.id).await?;
    logins::note(&tx, &caller.actor, "user.delete", &user.username, Value::Null, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
