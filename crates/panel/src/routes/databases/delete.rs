//! Removes a database with all that is in it.

use super::server;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::DATABASE_DELETE;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::{DatabaseName, Username};
use serde_json::json;

/// Removes a database with all that is in it, for good, and what users may do in it. Users stay.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/databases/{name}",
    operation_id = "database_delete",
    tag = "databases",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The database"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, DatabaseName>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    if !server(&app, &caller, &username).await?.has(&name) {
        return Err(ApiError::not_found());
    }
    let operation = Operation::DatabaseRemove { username: username.clone(), name: name.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: DATABASE_DELETE, target: ("database", name.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, Json(changes::add(&app, &caller, &username, None, change).await?)))
}
