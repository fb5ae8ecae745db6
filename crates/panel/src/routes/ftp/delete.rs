//! Removes an FTP login; its files stay.

use super::{has, logins};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::FTP_DELETE;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::{FtpName, Username};
use serde_json::json;

/// Removes an FTP login and ends its sessions; its files stay.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/ftp/{name}",
    operation_id = "ftp_delete",
    tag = "ftp",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The login's name within the account"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, FtpName>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    if !has(&logins(&app, &caller, &username).await?, &name) {
        return Err(ApiError::not_found());
    }
    let operation = Operation::FtpRemove { username: username.clone(), name: name.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: FTP_DELETE, target: ("ftp", name.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, Json(changes::add(&app, &caller, &username, None, change).await?)))
}
