//! Removes an account and everything it owns on the host, after a last copy of it.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::{ACCOUNT_DELETE, Payload};
use crate::http::extract::{ApiQuery, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::accounts::{AccountAccepted, DeleteAccountQuery};
use nusantara_api::jobs::JobRef;
use nusantara_jobs::enqueue;
use nusantara_proto::host::Operation;
use nusantara_store::{AccountRecord, AccountStatus, NewJob};
use nusantara_types::{JobId, RequestId, Username};
use serde_json::json;

/// Removes an account and everything it owns on the host. First it keeps a last copy of the account's files and settings there, unless
/// the request says otherwise; when that fails, nothing is removed.
#[utoipa::path(
    delete,
    path = "/accounts/{username}",
    operation_id = "account_delete",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
        DeleteAccountQuery
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = AccountAccepted), Problems)
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    ApiQuery(query): ApiQuery<DeleteAccountQuery>,
) -> ApiResult<(StatusCode, Json<AccountAccepted>)> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let row = tx.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    // A failed deletion may be asked for again: it goes on where it stopped.
    if tx.job_unfinished(&username).await? > 0 {
        return Err(ApiError::busy());
    }
    let last_copy = query.last_copy.unwrap_or(true);
    let suspended = row.status == AccountStatus::Suspended;
    let operation = Operation::AccountDelete { username: username.clone(), last_copy };
    let id = JobId::generate();
    let row = AccountRecord { status: AccountStatus::Deleting, job: Some(id), updated_at: now, ..row };
    tx.account_update(&row).await?;
    let sites = tx.site_list_of(&username).await?.len();
    let job = NewJob {
        background: false,
        id,
        kind: ACCOUNT_DELETE,
        target_type: "account",
        target: username.as_str(),
        account: Some(&username),
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: Payload { suspended, ..Payload::of(operation) }.value(),
    };
    enqueue(&tx, &job, json!({ "uid": row.uid, "primary_domain": row.primary_domain, "last_copy": last_copy }), now).await?;
    tx.commit().await?;
    app.engine.nudge();
    let account = views::accounts::account(&row, u32::try_from(sites).unwrap_or(u32::MAX), &caller);
    Ok((StatusCode::ACCEPTED, Json(AccountAccepted { account, job: JobRef { id: id.0 } })))
}
