//! Says how an account may be logged in to by SSH.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::SSH_UPDATE;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside, Change};
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_api::ssh::{SshMode, UpdateSsh};
use nusantara_proto::host::{Operation, SshUpdate};
use nusantara_types::{JobId, Username};
use serde_json::json;

/// Says how an account may be logged in to by SSH.
///
/// The settings are all of them: read them, change what is to be different, put them back. Logins that may not be any more are ended.
#[utoipa::path(
    put,
    path = "/accounts/{username}/ssh",
    operation_id = "ssh_update",
    tag = "ssh",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = UpdateSsh,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<UpdateSsh>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let only_with_shell =
        [("allow_agent_forwarding", request.allow_agent_forwarding), ("allow_x11_forwarding", request.allow_x11_forwarding)];
    if let Some((field, _)) = only_with_shell.into_iter().find(|(_, on)| *on && request.mode != SshMode::Shell) {
        return Err(ApiError::invalid(field, "this is of use in the mode shell only"));
    }
    let now = app.now();
    let tx = app.store.begin().await?;
    changes::account(&tx, &caller, &username, Beside::Nothing).await?;
    let job = JobId::generate();
    let facts = serde_json::to_value(&request).unwrap_or(json!(null));
    let operation = Operation::SshUpdate(SshUpdate {
        username: username.clone(),
        mode: request.mode.into(),
        allow_password: request.allow_password,
        allow_port_forwarding: request.allow_port_forwarding,
        allow_agent_forwarding: request.allow_agent_forwarding,
        allow_x11_forwarding: request.allow_x11_forwarding,
    });
    let change = Change { kind: SSH_UPDATE, target: ("account", username.as_str()), operation, site: None, facts };
    changes::queue(&tx, &caller, &username, job, change, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: job.0 } })))
}
