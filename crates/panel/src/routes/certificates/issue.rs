//! Orders a certificate for a site.

use super::{queue, site};
use crate::acme::orders;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::{CERTIFICATE_ISSUE, CertificatePayload};
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_types::{DomainName, Username};

/// Orders a certificate for a site, also when the one it has does for now.
#[utoipa::path(
    post,
    path = "/accounts/{username}/sites/{domain}/certificate/issue",
    operation_id = "certificate_issue",
    tag = "certificates",
    params(
        ("username" = String, Path, description = "The account"),
        ("domain" = String, Path, description = "The site"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn issue(
    State(app): State<App>,
    caller: Caller,
    Segments(username, domain): Segments<Username, DomainName>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    let (site, jobs) = site(&app, &caller, &username, &domain).await?;
    if app.acme.directory().is_none() {
        let allowed = "no authority is set up to order from: an administrator names its directory as acme_directory in panel.toml";
        return Err(ApiError::invalid("domain", allowed));
    }
    if !site.https {
        return Err(ApiError::invalid("domain", "the site does not answer HTTPS: switch that on in its settings first"));
    }
    if orders(&jobs, &domain).any(|job| !job.state.is_final()) {
        return Err(ApiError::busy());
    }
    let payload = CertificatePayload { username, domain, anew: true };
    Ok((StatusCode::ACCEPTED, Json(queue(&app, &caller, CERTIFICATE_ISSUE, payload).await?)))
}
