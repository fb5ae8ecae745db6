//! Who has a part in an account.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::people::MemberList;
use nusantara_types::Username;

/// Who has a part in an account.
#[utoipa::path(
    get,
    path = "/accounts/{username}/members",
    operation_id = "member_list",
    tag = "people",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "Its people", body = MemberList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<MemberList>> {
    app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let members = app.store.member_list(&username).await?;
    Ok(Json(views::people::members(&username, &members, &caller)))
}
