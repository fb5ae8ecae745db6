//! Makes a database of an account, empty.

use super::{available, own, server};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::DATABASE_CREATE;
use crate::http::extract::{Json, Segment};
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::databases::AddDatabase;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::Username;
use serde_json::json;

/// Makes a database of an account, empty. Nobody may enter it until a user is given rights in it.
#[utoipa::path(
    post,
    path = "/accounts/{username}/databases",
    operation_id = "database_create",
    tag = "databases",
    params(
        ("username" = String, Path, description = "The account"),
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    request_body = AddDatabase,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Segment(username): Segment<Username>,
    Json(request): Json<AddDatabase>,
) -> ApiResult<Response> {
    let key = Key::of(&headers, &caller, &format!("POST /accounts/{username}/databases"), &json!({ "name": request.name }))?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, &username, request, key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the job and the audit row, or neither.
async fn accept(app: &App, caller: &Caller, username: &Username, request: AddDatabase, key: Option<&Key>) -> ApiResult<JobAccepted> {
    let AddDatabase { name } = request;
    let server = server(app, caller, username).await?;
    own(username, name.is_of(username))?;
    if server.has(&name) {
        return Err(ApiError::taken("name"));
    }
    available(app).await?;
    let operation = Operation::DatabaseAdd { username: username.clone(), name: name.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: DATABASE_CREATE, target: ("database", name.as_str()), operation, site: None, facts };
    changes::add(app, caller, username, key, change).await
}
