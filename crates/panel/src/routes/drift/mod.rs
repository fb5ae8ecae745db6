//! What is not as it should be: found, planned, put right, taken over.

pub(crate) mod adopt;
pub(crate) mod converge;
pub(crate) mod converge_all;
pub(crate) mod list;
pub(crate) mod look;
pub(crate) mod overwrite;
pub(crate) mod plan_all;
pub(crate) mod show;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside, Change};
use axum::http::StatusCode;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_proto::host::Operation;
use nusantara_store::AccountStatus;
use nusantara_types::{JobId, Username};
use serde_json::Value;

/// Queues what puts an account right, whatever state it is in but being made or removed.
async fn queue(
    app: &App,
    caller: &Caller,
    username: &Username,
    kind: &'static str,
    operation: Operation,
    facts: Value,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let tx = app.store.begin().await?;
    let account = changes::any_account(&tx, caller, username, Beside::Others).await?;
    if matches!(account.status, AccountStatus::Provisioning | AccountStatus::Deleting) {
        return Err(ApiError::busy());
    }
    let job = JobId::generate();
    let change = Change { kind, target: ("account", username.as_str()), operation, site: None, facts };
    changes::queue(&tx, caller, username, job, change, app.now()).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: job.0 } })))
}
