//! Switches an account off, and on again as it was.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::{ACCOUNT_SUSPEND, ACCOUNT_UNSUSPEND};
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside, Change};
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::accounts::SuspendAccount;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_proto::host::{AccountSuspend, Operation};
use nusantara_store::AccountStatus;
use nusantara_types::{JobId, Username};
use serde_json::{Value, json};

/// Switches an account off: nobody logs in, nothing of it runs, its sites say that it is suspended.
///
/// An account that is suspended already gets the new reason.
#[utoipa::path(
    post,
    path = "/accounts/{username}/suspend",
    operation_id = "account_suspend",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = SuspendAccount,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn suspend(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<SuspendAccount>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let facts = json!({ "reason": request.reason });
    let operation = Operation::AccountSuspend(AccountSuspend { username: username.clone(), reason: request.reason });
    queue(&app, &caller, &username, ACCOUNT_SUSPEND, operation, facts).await
}

/// Switches a suspended account on again, as it was before.
#[utoipa::path(
    post,
    path = "/accounts/{username}/unsuspend",
    operation_id = "account_unsuspend",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn unsuspend(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let operation = Operation::AccountUnsuspend { username: username.clone() };
    queue(&app, &caller, &username, ACCOUNT_UNSUSPEND, operation, Value::Null).await
}

/// Unlike other changes these are also for an account whose last change failed: it is brought to what is asked for now.
async fn queue(
    app: &App,
    caller: &Caller,
    username: &Username,
    kind: &'static str,
    operation: Operation,
    facts: Value,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let account = changes::any_account(&tx, caller, username, Beside::Others).await?;
    if matches!(account.status, AccountStatus::Provisioning | AccountStatus::Deleting | AccountStatus::Renaming) {
        return Err(ApiError::busy());
    }
    let job = JobId::generate();
    let change = Change { kind, target: ("account", username.as_str()), operation, site: None, facts };
    changes::queue(&tx, caller, username, job, change, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: job.0 } })))
}
