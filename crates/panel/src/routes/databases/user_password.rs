//! Gives a database user another password.

use super::{available, hashed, server};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::DATABASE_PASSWORD;
use crate::http::extract::{Json, Segments};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::databases::SetDatabasePassword;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::{DatabasePassword, Operation};
use nusantara_types::{DatabaseUserName, Username};
use serde_json::json;

/// Gives a database user another password. Its sessions end.
#[utoipa::path(
    put,
    path = "/accounts/{username}/database-users/{name}/password",
    operation_id = "database_user_password",
    tag = "databases",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The user"),
    ),
    request_body = SetDatabasePassword,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn set(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, DatabaseUserName>,
    Json(request): Json<SetDatabasePassword>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    if server(&app, &caller, &username).await?.user(&name).is_none() {
        return Err(ApiError::not_found());
    }
    available(&app).await?;
    let hash = Some(hashed(&app, &request.password)?);
    let operation = Operation::DatabasePassword(DatabasePassword { username: username.clone(), name: name.clone(), hash });
    let facts = json!({ "account": username });
    let change = Change { kind: DATABASE_PASSWORD, target: ("database_user", name.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, axum::Json(changes::add(&app, &caller, &username, None, change).await?)))
}
