//! Lets a key log in to an account no more.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::SSH_KEY_REMOVE;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::{Operation, SshKeyRemove};
use nusantara_types::{SshFingerprint, Username};
use serde_json::json;

/// Lets a key log in to an account no more. Logins of the account are ended.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/ssh/keys/{fingerprint}",
    operation_id = "ssh_key_remove",
    tag = "ssh",
    params(
        ("username" = String, Path, description = "The account"),
        ("fingerprint" = String, Path, description = "The key's fingerprint, `SHA256:…`, percent-encoded"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Segments(username, fingerprint): Segments<Username, SshFingerprint>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let state = app.host.account(&caller.actor, account.username).await?;
    if !state.spec.ssh.authorized_keys.iter().any(|key| key.fingerprint() == fingerprint) {
        return Err(ApiError::not_found());
    }
    let operation = Operation::SshKeyRemove(SshKeyRemove { username: username.clone(), fingerprint: fingerprint.clone() });
    let facts = json!({ "account": username });
    let change = Change { kind: SSH_KEY_REMOVE, target: ("ssh_key", fingerprint.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, Json(changes::add(&app, &caller, &username, None, change).await?)))
}
