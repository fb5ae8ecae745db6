//! Has a site answer with the host's own certificate again.

use super::site;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::CERTIFICATE_REMOVE;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::{DomainName, Username};
use serde_json::json;

/// Has a site answer with the host's own certificate again, and forgets its key. Where an authority is set up, another one is ordered.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/sites/{domain}/certificate",
    operation_id = "certificate_remove",
    tag = "certificates",
    params(
        ("username" = String, Path, description = "The account"),
        ("domain" = String, Path, description = "The site"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Segments(username, domain): Segments<Username, DomainName>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    site(&app, &caller, &username, &domain).await?.0.certificate.ok_or_else(ApiError::not_found)?;
    let operation = Operation::CertificateRemove { username: username.clone(), domain: domain.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: CERTIFICATE_REMOVE, target: ("site", domain.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, Json(changes::add(&app, &caller, &username, None, change).await?)))
}
