//! When a schedule would run.

use super::{at_times, zone};
use crate::app::App;
use crate::http::extract::ApiQuery;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::schedules::{SchedulePreview, SchedulePreviewQuery};

/// When a schedule would run. Changes nothing.
#[utoipa::path(
    get,
    path = "/schedules/preview",
    operation_id = "schedule_preview",
    tag = "schedules",
    params(SchedulePreviewQuery),
    responses((status = 200, description = "The next times", body = SchedulePreview), Problems)
)]
pub(crate) async fn preview(State(app): State<App>, ApiQuery(query): ApiQuery<SchedulePreviewQuery>) -> ApiResult<Json<SchedulePreview>> {
    let count = match query.count.unwrap_or(5) {
        count @ 1..=100 => count,
        _ => return Err(ApiError::invalid("count", "use a number from 1 to 100")),
    };
    let (zone, cron) = (zone(&query.zone)?, at_times(query.cron)?);
    let runs = zone.times(cron, app.now()).take(count as usize).collect();
    Ok(Json(SchedulePreview { cron, zone: zone.to_string(), runs }))
}
