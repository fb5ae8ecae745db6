//! Brings the host to what an account's files say, whatever is there of it.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::ACCOUNT_CONVERGE;
use crate::http::ApiResult;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::Username;
use serde_json::Value;

/// Brings the host to what an account's files say, whatever is there of it.
#[utoipa::path(
    post,
    path = "/accounts/{username}/converge",
    operation_id = "account_converge",
    tag = "drift",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn converge(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let operation = Operation::AccountConverge { username: username.clone() };
    super::queue(&app, &caller, &username, ACCOUNT_CONVERGE, operation, Value::Null).await
}
