//! Removes an app; its files stay.

use super::exists;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::APP_DELETE;
use crate::http::ApiResult;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::routes::changes::{self, Change};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::{AppName, Username};
use serde_json::json;

/// Removes an app that no site leads to; its files stay.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/apps/{name}",
    operation_id = "app_delete",
    tag = "apps",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The app"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, AppName>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    exists(&app, &caller, &username, &name).await?;
    let operation = Operation::AppRemove { username: username.clone(), name: name.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: APP_DELETE, target: ("app", name.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, Json(changes::add(&app, &caller, &username, None, change).await?)))
}
