//! Gives a cron job other settings.

use super::{exists, facts, in_range};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::CRON_PUT;
use crate::http::ApiResult;
use crate::http::extract::{Json, Segments};
use crate::http::problem::Problems;
use crate::routes::changes::{self, Beside, Change};
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::cron::PutCronJob;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_proto::host::Operation;
use nusantara_types::{CronJobName, JobId, Username};

/// Gives a cron job other settings.
#[utoipa::path(
    put,
    path = "/accounts/{username}/cron/{name}",
    operation_id = "cron_put",
    tag = "cron",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The job"),
    ),
    request_body = PutCronJob,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, CronJobName>,
    Json(request): Json<PutCronJob>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let wanted = request.named(name.clone());
    in_range(&wanted)?;
    exists(&app, &caller, &username, &name).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    changes::account(&tx, &caller, &username, Beside::Others).await?;
    let job = JobId::generate();
    let facts = facts(&username, &wanted);
    let operation = Operation::CronPut { username: username.clone(), job: wanted, new: false };
    let change = Change { kind: CRON_PUT, target: ("cron", name.as_str()), operation, site: None, facts };
    changes::queue(&tx, &caller, &username, job, change, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: job.0 } })))
}
