//! Has a site answer with a certificate of its owner's.
//!
//! Done at once and not as a job: whoever pastes a wrong key is told so beside the field, and a key that waited for a worker would
//! have to be kept somewhere.

use super::view;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::CERTIFICATE_INSTALL;
use crate::http::extract::{Json, Segments};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::at_once::{Effect, at_once};
use crate::routes::changes::{self, Beside};
use axum::extract::State;
use nusantara_api::certificates::{SiteCertificate, UploadCertificate};
use nusantara_proto::host::{CertificateInstall, Operation};
use nusantara_types::certificates::{CertificateSource, ChainPem, PrivateKey};
use nusantara_types::{DomainName, Username};
use serde_json::json;

/// Has a site answer with a certificate of its owner's. Names, order, dates and key are checked; on failure what was in force stays.
#[utoipa::path(
    put,
    path = "/accounts/{username}/sites/{domain}/certificate",
    operation_id = "certificate_upload",
    tag = "certificates",
    params(
        ("username" = String, Path, description = "The account"),
        ("domain" = String, Path, description = "The site"),
    ),
    request_body = UploadCertificate,
    responses((status = 200, description = "In force", body = SiteCertificate), Problems)
)]
pub(crate) async fn upload(
    State(app): State<App>,
    caller: Caller,
    Segments(username, domain): Segments<Username, DomainName>,
    Json(request): Json<UploadCertificate>,
) -> ApiResult<axum::Json<SiteCertificate>> {
    view(&app, &caller, &username, &domain).await?;
    let chain = ChainPem::try_from(request.chain).map_err(|e| ApiError::invalid("chain", e.allowed))?;
    let key = PrivateKey::try_from(request.key).map_err(|e| ApiError::invalid("key", e.allowed))?;
    let tx = app.store.begin().await?;
    changes::any_account(&tx, &caller, &username, Beside::Others).await?;
    drop(tx);
    let (source, key) = (CertificateSource::Uploaded, Some(key));
    let args = CertificateInstall { username: username.clone(), domain: domain.clone(), source, key, chain };
    let operation = Operation::CertificateInstall(args);
    let facts = json!({ "account": username });
    at_once(&app, &caller, Effect { action: CERTIFICATE_INSTALL, target: ("site", domain.as_str()), facts, operation }).await?;
    Ok(axum::Json(view(&app, &caller, &username, &domain).await?))
}
