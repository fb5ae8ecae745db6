//! The packages accounts can be created from.

use crate::app::App;
use crate::http::ApiResult;
use crate::http::problem::Problems;
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::accounts::PackageList;

/// The packages accounts can be created from.
#[utoipa::path(
    get,
    path = "/packages",
    operation_id = "package_list",
    tag = "packages",
    responses((status = 200, description = "All packages", body = PackageList), Problems)
)]
pub(crate) async fn list(State(app): State<App>) -> ApiResult<Json<PackageList>> {
    let packages = app.host.packages().await?;
    Ok(Json(PackageList { items: packages.iter().map(views::accounts::package).collect() }))
}
