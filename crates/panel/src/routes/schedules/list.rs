//! Schedules, by name.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::schedules::{Schedule, ScheduleList};
use nusantara_store::ScheduleRecord;
use nusantara_types::ScheduleName;

/// All schedules, by name.
#[utoipa::path(
    get,
    path = "/schedules",
    operation_id = "schedule_list",
    tag = "schedules",
    responses((status = 200, description = "All of them", body = ScheduleList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> ApiResult<Json<ScheduleList>> {
    let mut items = Vec::new();
    for record in app.store.schedule_list().await? {
        items.push(seen(&app, &caller, record).await?);
    }
    Ok(Json(ScheduleList { items, create: views::schedules::create(&caller) }))
}

/// One schedule.
#[utoipa::path(
    get,
    path = "/schedules/{name}",
    operation_id = "schedule_show",
    tag = "schedules",
    params(("name" = String, Path, description = "The schedule")),
    responses((status = 200, description = "The schedule", body = Schedule), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(name): Segment<ScheduleName>) -> ApiResult<Json<Schedule>> {
    let record = app.store.schedule_get(&name).await?.ok_or_else(ApiError::not_found)?;
    seen(&app, &caller, record).await.map(Json)
}

/// A schedule with its last run.
pub(super) async fn seen(app: &App, caller: &Caller, record: ScheduleRecord) -> ApiResult<Schedule> {
    let last = app.store.schedule_runs(record.id, None, 1).await?.pop();
    Ok(views::schedules::schedule(record, last, caller))
}
