//! What became of the times of a schedule.

use crate::app::App;
use crate::http::extract::{ApiQuery, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult, pages};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::schedules::ScheduleRun;
use nusantara_api::{Page, PageQuery};
use nusantara_types::{ScheduleName, Timestamp};

/// What became of the times of a schedule, the last first.
#[utoipa::path(
    get,
    path = "/schedules/{name}/runs",
    operation_id = "schedule_runs",
    tag = "schedules",
    params(("name" = String, Path, description = "The schedule"), PageQuery),
    responses((status = 200, description = "One page", body = Page<ScheduleRun>), Problems)
)]
pub(crate) async fn runs(
    State(app): State<App>,
    Segment(name): Segment<ScheduleName>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> ApiResult<Json<Page<ScheduleRun>>> {
    let limit = pages::limit(query.limit)?;
    let before: Option<Timestamp> = pages::key(query.cursor.as_deref())?;
    let record = app.store.schedule_get(&name).await?.ok_or_else(ApiError::not_found)?;
    let rows = app.store.schedule_runs(record.id, before, limit as u64 + 1).await?;
    Ok(Json(pages::page(rows, limit, |row| row.slot.due_at.to_rfc3339(), views::schedules::run)))
}
