//! Removes a database user; databases stay.

use super::server;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::DATABASE_USER_DELETE;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::{DatabaseUserName, Username};
use serde_json::json;

/// Removes a database user and ends its sessions; databases stay.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/database-users/{name}",
    operation_id = "database_user_delete",
    tag = "databases",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The user"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, DatabaseUserName>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    if server(&app, &caller, &username).await?.user(&name).is_none() {
        return Err(ApiError::not_found());
    }
    let operation = Operation::DatabaseUserRemove { username: username.clone(), name: name.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: DATABASE_USER_DELETE, target: ("database_user", name.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, Json(changes::add(&app, &caller, &username, None, change).await?)))
}
