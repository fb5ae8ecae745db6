//! Says what a database user may do.

use super::{available, known, server};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::DATABASE_USER_UPDATE;
use crate::http::extract::{Json, Segments};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::databases::UpdateDatabaseUser;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::{DatabaseUserPut, Operation};
use nusantara_types::{DatabaseUserName, Username};
use serde_json::json;

/// Says what a database user may do from now on. Its sessions end.
#[utoipa::path(
    put,
    path = "/accounts/{username}/database-users/{name}",
    operation_id = "database_user_update",
    tag = "databases",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The user"),
    ),
    request_body = UpdateDatabaseUser,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, DatabaseUserName>,
    Json(request): Json<UpdateDatabaseUser>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let UpdateDatabaseUser { grants } = request;
    let server = server(&app, &caller, &username).await?;
    if server.user(&name).is_none() {
        return Err(ApiError::not_found());
    }
    known(&server, &grants)?;
    available(&app).await?;
    let facts = json!({ "account": username, "grants": grants });
    let put = DatabaseUserPut { username: username.clone(), name: name.clone(), grants, hash: None, new: false };
    let operation = Operation::DatabaseUserPut(put);
    let change = Change { kind: DATABASE_USER_UPDATE, target: ("database_user", name.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, axum::Json(changes::add(&app, &caller, &username, None, change).await?)))
}
