//! Runs a schedule now.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::schedules;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_jobs::schedules::queue_run;
use nusantara_store::SlotRun;
use nusantara_types::ScheduleName;

/// Runs a schedule now, whether or not it runs by itself. Its times stay as they are.
#[utoipa::path(
    post,
    path = "/schedules/{name}/run",
    operation_id = "schedule_run",
    tag = "schedules",
    params(("name" = String, Path, description = "The schedule")),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn run(
    State(app): State<App>,
    caller: Caller,
    Segment(name): Segment<ScheduleName>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let record = tx.schedule_get(&name).await?.ok_or_else(ApiError::not_found)?;
    let planned = schedules::planned(&record).ok_or_else(|| ApiError::invalid("task", "this version of the panel does not know it"))?;
    let slot = SlotRun { due_at: now, job: None, by_hand: true, missed: 0 };
    let id = queue_run(&tx, &record, &planned, slot, &caller.actor, now).await?;
    tx.schedule_ran(record.id, id).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: id.0 } })))
}
