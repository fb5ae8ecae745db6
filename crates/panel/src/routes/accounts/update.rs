//! Changes what is said of an account, its shell or its limits.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::ACCOUNT_UPDATE;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside, Change};
use crate::routes::checks;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::accounts::UpdateAccount;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_proto::host::{AccountUpdate, Edit, LimitsEdit, Operation};
use nusantara_store::AccountStatus;
use nusantara_types::{JobId, Limits, Username};
use serde_json::json;

/// Changes what is said of an account, its shell or its limits. What is left out stays.
///
/// Limits that the account is past already are refused, with every reason: remove what is too many first.
#[utoipa::path(
    patch,
    path = "/accounts/{username}",
    operation_id = "account_update",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = UpdateAccount,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<UpdateAccount>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    if request.package.is_some() && request.limits.is_some() {
        return Err(ApiError::invalid("limits", "give a package or limits, not both"));
    }
    if let Some(package) = &request.package {
        checks::package(&app, package).await?;
    }
    let limits = request.limits.clone().map(Limits::from);
    if let Some(limits) = &limits {
        checks::limits(limits)?;
    }
    let now = app.now();
    let tx = app.store.begin().await?;
    let account = changes::any_account(&tx, &caller, &username, Beside::Others).await?;
    if !matches!(account.status, AccountStatus::Active | AccountStatus::Suspended) {
        return Err(ApiError::busy());
    }
    // Notes are for administrators and may say anything: the trail says that they changed, not how.
    let facts = json!({
        "contact_email": request.contact_email, "shell": request.shell, "package": request.package, "limits": request.limits,
        "notes": request.notes.is_some(),
    });
    let operation = Operation::AccountUpdate(AccountUpdate {
        username: username.clone(),
        contact_email: match request.contact_email {
            None => Edit::Keep,
            Some(None) => Edit::Clear,
            Some(Some(email)) => Edit::Set(email),
        },
        notes: request.notes,
        shell: request.shell,
        limits: request.package.map(LimitsEdit::Package).or(limits.map(LimitsEdit::Custom)),
    });
    let change = Change { kind: ACCOUNT_UPDATE, target: ("account", username.as_str()), operation, site: None, facts };
    let job = JobId::generate();
    changes::queue(&tx, &caller, &username, job, change, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: job.0 } })))
}
