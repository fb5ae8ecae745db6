//! Changes what the PHP sites of an account start from.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::PHP_UPDATE;
use crate::http::ApiResult;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::routes::changes::{self, Change};
use crate::routes::checks;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_api::php::UpdatePhp;
use nusantara_proto::host::{Operation, PhpUpdate};
use nusantara_types::Username;
use serde_json::json;

/// Changes what the PHP sites of an account start from.
///
/// The settings are all of them: read them, change what is to be different, put them back.
#[utoipa::path(
    put,
    path = "/accounts/{username}/php",
    operation_id = "php_update",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = UpdatePhp,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<UpdatePhp>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    checks::php_version(&app, "version", Some(&request.version)).await?;
    let facts = json!({ "version": request.version, "ini": request.ini });
    let operation = Operation::PhpUpdate(PhpUpdate { username: username.clone(), version: request.version, ini: request.ini });
    let change = Change { kind: PHP_UPDATE, target: ("account", username.as_str()), operation, site: None, facts };
    let job = changes::replace(&app, &caller, &username, change).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job })))
}
