//! When a schedule would run.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::ApiQuery;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::cron::{CronPreview, CronPreviewQuery};

/// When a schedule would run on the host, in its time zone. Changes nothing.
#[utoipa::path(
    get,
    path = "/cron/preview",
    operation_id = "cron_preview",
    tag = "cron",
    params(CronPreviewQuery),
    responses((status = 200, description = "The next runs", body = CronPreview), Problems)
)]
pub(crate) async fn preview(
    State(app): State<App>,
    caller: Caller,
    ApiQuery(query): ApiQuery<CronPreviewQuery>,
) -> ApiResult<Json<CronPreview>> {
    let count = match query.count.unwrap_or(5) {
        count @ 1..=100 => count,
        _ => return Err(ApiError::invalid("count", "use a number from 1 to 100")),
    };
    let times = app.host.cron_times(&caller.actor, query.schedule, count).await?;
    Ok(Json(CronPreview { schedule: query.schedule, zone: times.zone, runs: times.runs }))
}
