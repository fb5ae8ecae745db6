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
use chrono::TimeDelta;
use nusantara_api::ProblemCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_store::JobRecord;
use nusantara_types::{Actor, DomainName, Username};

/// Orders that people of one account may begin in an hour.
const MOST_AN_HOUR: usize = 10;

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
    // All accounts share the panel's account at the authority, which counts orders: one account's people leave room for the others'.
    let system = Actor::system();
    let since = app.now() - TimeDelta::hours(1);
    let asked = |job: &&JobRecord| job.kind == CERTIFICATE_ISSUE && job.created_by != system && job.created_at > since;
    if jobs.iter().filter(asked).count() >= MOST_AN_HOUR {
        let detail = format!("At most {MOST_AN_HOUR} certificates of an account are ordered by hand in an hour; try again later.");
        return Err(ApiError::new(ProblemCode::RateLimited, detail).retry_after(1_800));
    }
    let payload = CertificatePayload { username, domain, anew: true };
    Ok((StatusCode::ACCEPTED, Json(queue(&app, &caller, CERTIFICATE_ISSUE, payload).await?)))
}
