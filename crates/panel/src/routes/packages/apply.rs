//! Gives all accounts that have a package its limits, as one job with a step for each.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::{PACKAGE_APPLY, PackageApplyPayload};
use crate::http::ApiResult;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::routes::checks;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_jobs::enqueue;
use nusantara_store::NewJob;
use nusantara_types::{JobId, PackageName, RequestId};
use serde_json::Value;

/// Gives all accounts that have a package its limits.
///
/// One account after the other; those that are past the limits, or cannot be changed now, are left as they are and named.
#[utoipa::path(
    post,
    path = "/packages/{name}/apply",
    operation_id = "package_apply",
    tag = "packages",
    params(
        ("name" = String, Path, description = "The package"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn apply(
    State(app): State<App>,
    caller: Caller,
    Segment(name): Segment<PackageName>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    checks::package_named(&app, &name).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let id = JobId::generate();
    let job = NewJob {
        background: false,
        id,
        kind: PACKAGE_APPLY,
        target_type: "package",
        target: name.as_str(),
        account: None,
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: PackageApplyPayload { package: name.clone() }.value(),
    };
    enqueue(&tx, &job, Value::Null, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: id.0 } })))
}
