//! Lets a key log in to an account.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::SSH_KEY_ADD;
use crate::http::ApiResult;
use crate::http::extract::{Json, Segment};
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::routes::changes::{self, Change};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::jobs::JobAccepted;
use nusantara_api::ssh::AddSshKey;
use nusantara_proto::host::{Operation, SshKeyAdd};
use nusantara_types::Username;
use serde_json::json;

/// Lets a key log in to an account, as its mode allows.
#[utoipa::path(
    post,
    path = "/accounts/{username}/ssh/keys",
    operation_id = "ssh_key_add",
    tag = "ssh",
    params(
        ("username" = String, Path, description = "The account"),
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    request_body = AddSshKey,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Segment(username): Segment<Username>,
    Json(request): Json<AddSshKey>,
) -> ApiResult<Response> {
    let key = Key::of(&headers, &caller, &format!("POST /accounts/{username}/ssh/keys"), &request)?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, &username, request, key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the job and the audit row, or neither.
async fn accept(app: &App, caller: &Caller, username: &Username, request: AddSshKey, key: Option<&Key>) -> ApiResult<JobAccepted> {
    let fingerprint = request.key.fingerprint();
    let facts = json!({ "account": username, "type": request.key.kind().name(), "comment": request.key.comment() });
    let operation = Operation::SshKeyAdd(SshKeyAdd { username: username.clone(), key: request.key });
    let change = Change { kind: SSH_KEY_ADD, target: ("ssh_key", fingerprint.as_str()), operation, site: None, facts };
    changes::add(app, caller, username, key, change).await
}
