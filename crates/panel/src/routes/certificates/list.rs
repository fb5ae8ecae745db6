//! What the sites of an account answer HTTPS with.

use super::sites;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::ApiResult;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::certificates::CertificateList;
use nusantara_types::Username;

/// What the sites of an account answer HTTPS with, the primary one first.
#[utoipa::path(
    get,
    path = "/accounts/{username}/certificates",
    operation_id = "certificate_list",
    tag = "certificates",
    params(("username" = String, Path, description = "The account")),
    responses((status = 200, description = "All its sites", body = CertificateList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<CertificateList>> {
    let (sites, jobs) = sites(&app, &caller, &username).await?;
    let view = |site| views::certificates::site(&username, site, &jobs, app.acme.directory(), app.now());
    Ok(Json(CertificateList { items: sites.into_iter().map(view).collect() }))
}
