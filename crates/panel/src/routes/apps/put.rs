//! Makes an app of an account, or gives it other settings.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::APP_PUT;
use crate::http::extract::{Json, Segments};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside, Change};
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::apps::PutApp;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_proto::host::Operation;
use nusantara_types::{AppName, JobId, Username};
use serde_json::json;

/// Makes an app of an account, or gives it other settings.
#[utoipa::path(
    put,
    path = "/accounts/{username}/apps/{name}",
    operation_id = "app_put",
    tag = "apps",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The app: up to 31 lower-case letters, digits and hyphens, starting with a letter"),
    ),
    request_body = PutApp,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, AppName>,
    Json(request): Json<PutApp>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    let wanted = request.named(name.clone());
    if let Some((field, allowed)) = wanted.violation() {
        return Err(ApiError::invalid(field, allowed));
    }
    let now = app.now();
    let tx = app.store.begin().await?;
    changes::account(&tx, &caller, &username, Beside::Others).await?;
    let job = JobId::generate();
    // Its environment may hold what is nobody else's business: the audit trail names the variables and not what they say.
    let facts =
        json!({ "account": username, "folder": wanted.folder, "env": wanted.env.keys().collect::<Vec<_>>(), "enabled": wanted.enabled });
    let operation = Operation::AppPut { username: username.clone(), app: wanted };
    app.host.withhold(job, operation.clone());
    let change = Change { kind: APP_PUT, target: ("app", name.as_str()), operation, site: None, facts };
    let queued = async {
        changes::queue(&tx, &caller, &username, job, change, now).await?;
        tx.job_reserve(job, app.engine.owner()).await?;
        Ok(tx.commit().await?)
    };
    queued.await.inspect_err(|_: &ApiError| app.host.forget(job))?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: job.0 } })))
}
