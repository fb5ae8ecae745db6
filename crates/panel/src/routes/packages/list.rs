//! The packages accounts can be created from.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::ApiResult;
use crate::http::problem::Problems;
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::packages::PackageList;

/// The packages accounts can be created from.
#[utoipa::path(
    get,
    path = "/packages",
    operation_id = "package_list",
    tag = "packages",
    responses((status = 200, description = "All packages", body = PackageList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> ApiResult<Json<PackageList>> {
    let packages = app.host.packages().await?;
    let counts = app.store.account_package_counts().await?;
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let items = packages.iter().map(|package| views::packages::package(package, count(package.name.as_str()), &caller));
    Ok(Json(PackageList { items: items.collect() }))
}
