//! Brings the host to what all files say, as one job with a step for each account that has to change.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::HOST_CONVERGE;
use crate::http::ApiResult;
use crate::http::problem::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_jobs::enqueue;
use nusantara_store::NewJob;
use nusantara_types::{JobId, RequestId};
use serde_json::Value;

/// Brings the host to what all files say: what accounts share, then every account that is not as its files say.
///
/// On a host that was rebuilt from a copy of `/etc/nusantara-panel` and `/home` this brings every account back.
#[utoipa::path(
    post,
    path = "/converge",
    operation_id = "converge_all",
    tag = "drift",
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn converge(State(app): State<App>, caller: Caller) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let tx = app.store.begin().await?;
    let id = JobId::generate();
    let job = NewJob {
        background: false,
        id,
        kind: HOST_CONVERGE,
        target_type: "host",
        target: "all",
        account: None,
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: Value::Null,
    };
    enqueue(&tx, &job, Value::Null, app.now()).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: id.0 } })))
}
