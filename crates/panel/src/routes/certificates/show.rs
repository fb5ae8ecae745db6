//! What a site answers HTTPS with.

use super::view;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::ApiResult;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use axum::Json;
use axum::extract::State;
use nusantara_api::certificates::SiteCertificate;
use nusantara_types::{DomainName, Username};

/// What a site answers HTTPS with, when that is renewed, and why the last order came to nothing.
#[utoipa::path(
    get,
    path = "/accounts/{username}/sites/{domain}/certificate",
    operation_id = "certificate_show",
    tag = "certificates",
    params(
        ("username" = String, Path, description = "The account"),
        ("domain" = String, Path, description = "The site"),
    ),
    responses((status = 200, description = "The site", body = SiteCertificate), Problems)
)]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(username, domain): Segments<Username, DomainName>,
) -> ApiResult<Json<SiteCertificate>> {
    Ok(Json(view(&app, &caller, &username, &domain).await?))
}
