//! Gives a site other settings or another folder.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::SITE_UPDATE;
use crate::http::ApiResult;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::routes::changes;
use crate::routes::checks;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::sites::{SiteAccepted, UpdateSite};
use nusantara_proto::host::{Operation, SiteUpdate};
use nusantara_types::SiteId;
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
    let docroot = request.docroot;
    let accepted = changes::replace_site(&app, &caller, id, |site| {
        let facts = json!({ "account": site.account, "runtime": settings.runtime(), "docroot": docroot });
        let (username, domain) = (site.account.clone(), site.domain.clone());
        (SITE_UPDATE, Operation::SiteUpdate(SiteUpdate { username, domain, docroot, settings }), facts)
    });
    Ok((StatusCode::ACCEPTED, axum::Json(accepted.await?)))
}
