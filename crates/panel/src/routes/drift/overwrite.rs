//! Puts an account back to what was applied last, its files too. What is written over is kept on the host.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::DRIFT_OVERWRITE;
use crate::http::ApiResult;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::Username;
use serde_json::Value;

/// Puts an account back to what was applied last, its files too. What is written over is kept on the host.
#[utoipa::path(
    post,
    path = "/accounts/{username}/drift/overwrite",
    operation_id = "drift_overwrite",
    tag = "drift",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn overwrite(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let operation = Operation::DriftOverwrite { username: username.clone() };
    super::queue(&app, &caller, &username, DRIFT_OVERWRITE, operation, Value::Null).await
}
