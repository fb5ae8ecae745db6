//! One login.

use super::view;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::LoginName;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::people::User;

/// One login.
#[utoipa::path(
    get,
    path = "/users/{username}",
    operation_id = "user_show",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    responses((status = 200, description = "The login", body = User), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(name): Segment<LoginName>) -> ApiResult<Json<User>> {
    let user = app.store.user_by_name(&name.0).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(view(&app, &caller, &user).await?))
}
