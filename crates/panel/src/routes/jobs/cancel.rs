//! Stops a job.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::note_about;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::ProblemCode;
use nusantara_api::jobs::Job;
use nusantara_store::JobState;
use nusantara_types::JobId;
use serde_json::json;

/// Stops a job. One that nobody has begun ends at once; one of several steps ends before its next step, and what was done stays. What is a
/// single operation of the host daemon is done or undone as a whole, and cannot be stopped once it has begun.
#[utoipa::path(
    post,
    path = "/jobs/{id}/cancel",
    operation_id = "job_cancel",
    tag = "jobs",
    params(
        ("id" = Uuid, Path, description = "The job"),
    ),
    responses((status = 200, description = "The job as it now is", body = Job), Problems)
)]
pub(crate) async fn cancel(State(app): State<App>, caller: Caller, Segment(id): Segment<JobId>) -> ApiResult<Json<Job>> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let job = tx.job_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    let asked = app.engine.cancel_waiting(&tx, &job).await?
        || (job.state == JobState::Running && app.engine.stops_between_steps(&job.kind) && tx.job_ask_to_stop(id, now).await?);
    if !asked {
        let message = "This job has begun, or ended, and is done as a whole: it cannot be stopped any more.";
        return Err(ApiError::new(ProblemCode::JobUnstoppable, message));
    }
    note_about(&tx, &caller.actor, "job.cancel", ("job", &id.to_string()), json!({ "kind": job.kind, "target": job.target }), now).await?;
    tx.commit().await?;
    app.host.forget(id);
    app.engine.wake(id);
    let row = app.store.job_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    let steps = app.store.step_list(id).await?;
    Ok(Json(views::jobs::job(row, steps, &caller, &app.engine)))
}
