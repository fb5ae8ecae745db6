//! Goes back to a revision of an account.

use super::cannot_be;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::ACCOUNT_ROLLBACK;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside, Change};
use crate::routes::checks;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::history::RollBack;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_proto::host::{AccountRollback, Operation};
use nusantara_store::AccountStatus;
use nusantara_types::{JobId, Username};
use serde_json::json;

/// Goes back to what a revision asked for. What comes of it is a new revision.
///
/// What the account is stays as it is: its username, uid, age and passwords, and whether it is suspended.
#[utoipa::path(
    post,
    path = "/accounts/{username}/rollback",
    operation_id = "account_rollback",
    tag = "history",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = RollBack,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn rollback(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<RollBack>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    checks::below_foreign(&caller, request.allow_below_foreign)?;
    app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let args = AccountRollback { username: username.clone(), to: request.revision.clone(), below_foreign: request.allow_below_foreign };
    // Whether it can be is said at once, and not by a job that fails.
    app.host.rollback_plan(&caller.actor, args.clone()).await.map_err(cannot_be)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    // It says the whole of a spec: what another job is changing would be lost.
    let account = changes::any_account(&tx, &caller, &username, Beside::Nothing).await?;
    if !matches!(account.status, AccountStatus::Active | AccountStatus::Suspended) {
        return Err(ApiError::busy());
    }
    let facts = json!({ "revision": request.revision });
    let operation = Operation::AccountRollback(args);
    let change = Change { kind: ACCOUNT_ROLLBACK, target: ("account", username.as_str()), operation, site: None, facts };
    let job = JobId::generate();
    changes::queue(&tx, &caller, &username, job, change, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: job.0 } })))
}
