//! Gives a site other settings or another folder.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::SITE_UPDATE;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside, Change};
use crate::routes::checks;
use crate::views;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobRef;
use nusantara_api::sites::{SiteAccepted, UpdateSite};
use nusantara_proto::host::{Operation, SiteUpdate};
use nusantara_store::{SiteRecord, SiteStatus, Tx};
use nusantara_types::{JobId, SiteId};
use serde_json::json;

/// Gives a site other settings or another folder.
///
/// The settings are all of them: read the site, change what is to be different, put it back.
#[utoipa::path(
    put,
    path = "/sites/{id}",
    operation_id = "site_update",
    tag = "sites",
    params(
        ("id" = Uuid, Path, description = "The site"),
    ),
    request_body = UpdateSite,
    responses((status = 202, description = "Accepted; the job does the work", body = SiteAccepted), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<SiteId>,
    Json(request): Json<UpdateSite>,
) -> ApiResult<(StatusCode, axum::Json<SiteAccepted>)> {
    let settings = checks::settings(&app, request.settings).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let site = changeable(&tx, &caller, id).await?;
    let facts = json!({ "account": site.account, "runtime": settings.runtime(), "docroot": request.docroot });
    let (username, domain) = (site.account.clone(), site.domain.clone());
    let operation = Operation::SiteUpdate(SiteUpdate { username, domain, docroot: request.docroot, settings });
    let change = Change { kind: SITE_UPDATE, target: ("site", site.domain.as_str()), operation, site: Some(site.id), facts };
    let job = JobId::generate();
    changes::queue(&tx, &caller, &site.account, job, change, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(SiteAccepted { site: views::sites::site(&site, &caller), job: JobRef { id: job.0 } })))
}

/// The site, if the caller may see it and nothing else is being changed about its account.
pub(super) async fn changeable(tx: &Tx, caller: &Caller, id: SiteId) -> ApiResult<SiteRecord> {
    let site = tx.site_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    changes::account(tx, caller, &site.account, Beside::Nothing).await?;
    match site.status {
        SiteStatus::Active | SiteStatus::Failed => Ok(site),
        SiteStatus::Provisioning | SiteStatus::Deleting => Err(ApiError::busy()),
    }
}
