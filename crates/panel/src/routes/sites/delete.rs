//! Takes a site off the air. Its files stay.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::{Payload, SITE_DELETE};
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::checks;
use crate::views;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::jobs::JobRef;
use nusantara_api::sites::SiteAccepted;
use nusantara_jobs::enqueue;
use nusantara_proto::host::Operation;
use nusantara_store::{NewJob, SiteRecord, SiteStatus};
use nusantara_types::{DomainKind, JobId, RequestId, SiteId};
use serde_json::json;

/// Takes a site off the air. Its files stay.
#[utoipa::path(
    delete,
    path = "/sites/{id}",
    operation_id = "site_delete",
    tag = "sites",
    params(
        ("id" = Uuid, Path, description = "The site"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = SiteAccepted), Problems)
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<SiteId>,
) -> ApiResult<(StatusCode, Json<SiteAccepted>)> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let site = tx.site_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    if site.kind == DomainKind::Primary {
        return Err(ApiError::new(ProblemCode::PrimarySite, "The primary site goes with its account; delete the account instead."));
    }
    let at_work = matches!(site.status, SiteStatus::Provisioning | SiteStatus::Deleting);
    if at_work || tx.job_unfinished(&site.account).await? >= checks::JOBS_PER_ACCOUNT {
        return Err(ApiError::busy());
    }
    let job_id = JobId::generate();
    let site = SiteRecord { status: SiteStatus::Deleting, job: Some(job_id), updated_at: now, ..site };
    tx.site_update(&site).await?;
    let operation = Operation::SiteRemove { username: site.account.clone(), domain: site.domain.clone() };
    let job = NewJob {
        background: false,
        id: job_id,
        kind: SITE_DELETE,
        target_type: "site",
        target: site.domain.as_str(),
        account: Some(&site.account),
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: Payload { site: Some(site.id), ..Payload::of(operation) }.value(),
    };
    enqueue(&tx, &job, json!({ "account": site.account }), now).await?;
    tx.commit().await?;
    app.engine.nudge();
    let accepted = SiteAccepted { site: views::sites::site(&site, &caller), job: JobRef { id: job_id.0 } };
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}
