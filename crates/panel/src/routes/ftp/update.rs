//! Gives an FTP login another folder or password, or switches it on or off.

use super::{available, has, hashed, logins};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::FTP_UPDATE;
use crate::http::extract::{Json, Segments};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside, Change};
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ftp::UpdateFtp;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_proto::host::{FtpUpdate, Operation};
use nusantara_types::{FtpName, JobId, Username};
use serde_json::json;

/// Gives an FTP login another folder or password, or switches it on or off. Its sessions end.
#[utoipa::path(
    put,
    path = "/accounts/{username}/ftp/{name}",
    operation_id = "ftp_update",
    tag = "ftp",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The login's name within the account"),
    ),
    request_body = UpdateFtp,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, FtpName>,
    Json(request): Json<UpdateFtp>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let UpdateFtp { folder, enabled, password } = request;
    if !has(&logins(&app, &caller, &username).await?, &name) {
        return Err(ApiError::not_found());
    }
    if enabled {
        available(&app).await?;
    }
    let facts = json!({ "account": username, "folder": folder, "enabled": enabled, "password": password.is_some() });
    let hash = match password {
        Some(password) => Some(hashed(&app, password).await?),
        None => None,
    };
    let now = app.now();
    let tx = app.store.begin().await?;
    changes::account(&tx, &caller, &username, Beside::Others).await?;
    let job = JobId::generate();
    let operation = Operation::FtpUpdate(FtpUpdate { username: username.clone(), name: name.clone(), folder, hash, enabled });
    let change = Change { kind: FTP_UPDATE, target: ("ftp", name.as_str()), operation, site: None, facts };
    changes::queue(&tx, &caller, &username, job, change, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: job.0 } })))
}
