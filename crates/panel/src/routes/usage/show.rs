//! What an account uses now.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::usage::Usage;
use nusantara_types::Username;

/// What an account uses now, and what it is measured against.
#[utoipa::path(
    get,
    path = "/accounts/{username}/usage",
    operation_id = "usage_show",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "What it uses", body = Usage), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<Usage>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let limits = app.host.account(&caller.actor, account.username).await?.spec.limits;
    let usage = app.host.usage(&caller.actor, username).await?;
    Ok(Json(views::usage::now(usage, &limits, app.now())))
}
