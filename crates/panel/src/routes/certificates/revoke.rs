//! Has the authority revoke the certificate of a site.

use super::{queue, site};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::{CERTIFICATE_REVOKE, CertificatePayload};
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_types::certificates::CertificateSource;
use nusantara_types::{DomainName, Username};

/// Has the authority revoke the certificate of a site, whose key is forgotten. Another one is ordered then.
#[utoipa::path(
    post,
    path = "/accounts/{username}/sites/{domain}/certificate/revoke",
    operation_id = "certificate_revoke",
    tag = "certificates",
    params(
        ("username" = String, Path, description = "The account"),
        ("domain" = String, Path, description = "The site"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Segments(username, domain): Segments<Username, DomainName>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    let (site, _) = site(&app, &caller, &username, &domain).await?;
    let certificate = site.certificate.ok_or_else(ApiError::not_found)?;
    if certificate.source == CertificateSource::Uploaded {
        let allowed = "this certificate was uploaded: only whoever ordered it can have it revoked; remove it here";
        return Err(ApiError::invalid("domain", allowed));
    }
    let payload = CertificatePayload { username, domain, anew: false };
    Ok((StatusCode::ACCEPTED, Json(queue(&app, &caller, CERTIFICATE_REVOKE, payload).await?)))
}
