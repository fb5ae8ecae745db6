//! Takes what was changed by hand into an account's files.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::DRIFT_ADOPT;
use crate::http::ApiResult;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::drift::AdoptDrift;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::{DriftAdopt, Operation};
use nusantara_types::Username;
use serde_json::json;

/// Takes what was changed by hand into an account's files: one thing, or all that have a field there.
///
/// Whatever else was changed stays as it is, and stays to be seen.
#[utoipa::path(
    post,
    path = "/accounts/{username}/drift/adopt",
    operation_id = "drift_adopt",
    tag = "drift",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = AdoptDrift,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn adopt(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<AdoptDrift>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let facts = json!({ "item": request.item });
    let operation = Operation::DriftAdopt(DriftAdopt { username: username.clone(), item: request.item });
    super::queue(&app, &caller, &username, DRIFT_ADOPT, operation, facts).await
}
