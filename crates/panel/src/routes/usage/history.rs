//! What an account used over time.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{ApiQuery, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::usage::history::{Look, points};
use axum::Json;
use axum::extract::State;
use nusantara_api::usage::{UsageHistory, UsageHistoryQuery};
use nusantara_types::Username;

/// What an account used over time, from a sample every five minutes that is kept for 30 days.
#[utoipa::path(
    get,
    path = "/accounts/{username}/usage/history",
    operation_id = "usage_history",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
        UsageHistoryQuery
    ),
    responses((status = 200, description = "What it used", body = UsageHistory), Problems)
)]
pub(crate) async fn history(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    ApiQuery(query): ApiQuery<UsageHistoryQuery>,
) -> ApiResult<Json<UsageHistory>> {
    let hours = match query.hours.unwrap_or(24) {
        hours @ 1..=720 => hours,
        _ => return Err(ApiError::invalid("hours", "use a number from 1 to 720")),
    };
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let look = Look::back(hours, app.now());
    let samples = app.store.usage_since(&account.username, look.from).await?;
    Ok(Json(UsageHistory { step_seconds: look.step_seconds, points: points(&samples, look) }))
}
