//! Removes a cron job.

use super::exists;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::CRON_DELETE;
use crate::http::ApiResult;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::routes::changes::{self, Change};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::{CronJobName, Username};
use serde_json::json;

/// Removes a cron job with what is known of its runs. A run under way ends.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/cron/{name}",
    operation_id = "cron_delete",
    tag = "cron",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The job"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, CronJobName>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    exists(&app, &caller, &username, &name).await?;
    let operation = Operation::CronRemove { username: username.clone(), name: name.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: CRON_DELETE, target: ("cron", name.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, Json(changes::add(&app, &caller, &username, None, change).await?)))
}
