//! Makes a database user of an account.

use super::{available, hashed, known, own, server};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::DATABASE_USER_CREATE;
use crate::http::extract::{Json, Segment};
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::databases::AddDatabaseUser;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::{DatabaseUserPut, Operation};
use nusantara_types::Username;
use serde_json::json;

/// Makes a database user of an account. It comes in on this host only.
#[utoipa::path(
    post,
    path = "/accounts/{username}/database-users",
    operation_id = "database_user_create",
    tag = "databases",
    params(
        ("username" = String, Path, description = "The account"),
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    request_body = AddDatabaseUser,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Segment(username): Segment<Username>,
    Json(request): Json<AddDatabaseUser>,
) -> ApiResult<Response> {
    // Without the password: it is kept nowhere, not even as a part of what a key is bound to.
    let bound = json!({ "name": request.name, "grants": request.grants });
    let key = Key::of(&headers, &caller, &format!("POST /accounts/{username}/database-users"), &bound)?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, &username, request, key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the job and the audit row, or neither.
async fn accept(app: &App, caller: &Caller, username: &Username, request: AddDatabaseUser, key: Option<&Key>) -> ApiResult<JobAccepted> {
    let AddDatabaseUser { name, password, grants } = request;
    let server = server(app, caller, username).await?;
    own(username, name.is_of(username))?;
    if server.user(&name).is_some() {
        return Err(ApiError::taken("name"));
    }
    known(&server, &grants)?;
    available(app).await?;
    let hash = Some(hashed(app, &password)?);
    let facts = json!({ "account": username, "grants": grants });
    let put = DatabaseUserPut { username: username.clone(), name: name.clone(), grants, hash, new: true };
    let operation = Operation::DatabaseUserPut(put);
    let change = Change { kind: DATABASE_USER_CREATE, target: ("database_user", name.as_str()), operation, site: None, facts };
    changes::add(app, caller, username, key, change).await
}
