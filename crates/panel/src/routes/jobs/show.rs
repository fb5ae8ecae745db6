//! One job with its steps.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::jobs::Job;
use nusantara_types::JobId;

/// One job with its steps.
#[utoipa::path(
    get,
    path = "/jobs/{id}",
    operation_id = "job_show",
    tag = "jobs",
    params(
        ("id" = Uuid, Path, description = "The job"),
    ),
    responses((status = 200, description = "The job", body = Job), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(id): Segment<JobId>) -> ApiResult<Json<Job>> {
    let read = async || -> ApiResult<_> {
        match app.store.job_get(caller.scope(), id).await? {
            Some(row) => Ok(Some((row, app.store.step_list(id).await?))),
            None => Ok(None),
        }
    };
    let (row, steps) = app.jobs.of(&app, (caller.scope(), id), read).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(views::jobs::job(row, steps, &caller, &app.engine)))
}
