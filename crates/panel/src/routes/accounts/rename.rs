//! Gives an account another name.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::{ACCOUNT_RENAME, Payload};
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside};
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::accounts::RenameAccount;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_jobs::enqueue;
use nusantara_proto::host::{AccountRename, Operation};
use nusantara_store::{AccountRecord, AccountStatus, NewJob, Scope};
use nusantara_types::{JobId, RequestId, Username};
use serde_json::json;

/// Gives an account another name: its Linux user, its home, its FTP logins and whatever else carries the name.
///
/// Everything of the account ends first, and its sites say that they are back in a moment. A suspended account stays suspended. Look at
/// the plan before, with `intent=rename`: it says what changes, and what its owner has to change.
#[utoipa::path(
    post,
    path = "/accounts/{username}/rename",
    operation_id = "account_rename",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = RenameAccount,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn rename(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<RenameAccount>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let now = app.now();
    let new_username = request.new_username;
    let tx = app.store.begin().await?;
    // What waits for its turn would name an account that is not there any more.
    let account = changes::any_account(&tx, &caller, &username, Beside::Nothing).await?;
    if !matches!(account.status, AccountStatus::Active | AccountStatus::Suspended) {
        return Err(ApiError::busy());
    }
    if new_username == username {
        return Err(ApiError::invalid("new_username", "the account is called so already"));
    }
    if tx.account_get(Scope::All, &new_username).await?.is_some() {
        return Err(ApiError::taken("new_username"));
    }
    let id = JobId::generate();
    let suspended = account.status == AccountStatus::Suspended;
    tx.account_update(&AccountRecord { status: AccountStatus::Renaming, job: Some(id), ..account }).await?;
    let facts = json!({ "new_username": new_username });
    let operation = Operation::AccountRename(AccountRename { username: username.clone(), new_username });
    let job = NewJob {
        background: false,
        id,
        kind: ACCOUNT_RENAME,
        target_type: "account",
        target: username.as_str(),
        account: Some(&username),
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: Payload { suspended, ..Payload::of(operation) }.value(),
    };
    enqueue(&tx, &job, facts, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: id.0 } })))
}
