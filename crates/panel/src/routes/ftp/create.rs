//! Makes an FTP login of an account.

use super::{available, has, hashed, logins};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::FTP_CREATE;
use crate::http::extract::{Json, Segment};
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::ftp::AddFtp;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::{FtpAdd, Operation};
use nusantara_types::{FtpAccount, Username};
use serde_json::json;

/// Makes an FTP login of an account.
#[utoipa::path(
    post,
    path = "/accounts/{username}/ftp",
    operation_id = "ftp_create",
    tag = "ftp",
    params(
        ("username" = String, Path, description = "The account"),
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    request_body = AddFtp,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Segment(username): Segment<Username>,
    Json(request): Json<AddFtp>,
) -> ApiResult<Response> {
    // Without the password: it is kept nowhere, not even as a part of what a key is bound to.
    let bound = json!({ "name": request.name, "folder": request.folder });
    let key = Key::of(&headers, &caller, &format!("POST /accounts/{username}/ftp"), &bound)?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, &username, request, key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the job and the audit row, or neither.
async fn accept(app: &App, caller: &Caller, username: &Username, request: AddFtp, key: Option<&Key>) -> ApiResult<JobAccepted> {
    let AddFtp { name, folder, password } = request;
    if has(&logins(app, caller, username).await?, &name) {
        return Err(ApiError::taken("name"));
    }
    available(app).await?;
    let hash = hashed(app, password).await?;
    let facts = json!({ "account": username, "folder": folder });
    let login = FtpAccount { name: name.clone(), folder, hash, enabled: true };
    let operation = Operation::FtpAdd(FtpAdd { username: username.clone(), login });
    let change = Change { kind: FTP_CREATE, target: ("ftp", name.as_str()), operation, site: None, facts };
    changes::add(app, caller, username, key, change).await
}
