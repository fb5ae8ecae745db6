//! Makes a cron job.

use super::{facts, in_range, spec};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::CRON_PUT;
use crate::http::extract::{Json, Segment};
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::ProblemCode;
use nusantara_api::cron::CreateCronJob;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::Username;
use nusantara_types::cron::CronJob;

/// Makes a cron job.
#[utoipa::path(
    post,
    path = "/accounts/{username}/cron",
    operation_id = "cron_create",
    tag = "cron",
    params(
        ("username" = String, Path, description = "The account"),
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    request_body = CreateCronJob,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Segment(username): Segment<Username>,
    Json(request): Json<CreateCronJob>,
) -> ApiResult<Response> {
    let key = Key::of(&headers, &caller, &format!("POST /accounts/{username}/cron"), &request)?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, &username, request.job(), key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the job and the audit row, or neither.
async fn accept(app: &App, caller: &Caller, username: &Username, job: CronJob, key: Option<&Key>) -> ApiResult<JobAccepted> {
    in_range(&job)?;
    let spec = spec(app, caller, username).await?;
    let (jobs, most) = (&spec.services.cron.jobs, spec.limits.max_cron_jobs);
    if jobs.iter().any(|known| known.name == job.name) {
        return Err(ApiError::taken("name"));
    }
    if jobs.len() >= most as usize {
        let message = format!("This account may have {most} cron jobs; its package allows no more.");
        return Err(ApiError::new(ProblemCode::LimitReached, message));
    }
    let (facts, name) = (facts(username, &job), job.name.clone());
    let operation = Operation::CronPut { username: username.clone(), job, new: true };
    let change = Change { kind: CRON_PUT, target: ("cron", name.as_str()), operation, site: None, facts };
    changes::add(app, caller, username, key, change).await
}
