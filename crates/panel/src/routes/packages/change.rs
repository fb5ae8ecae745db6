//! Makes, changes and removes packages. Accounts keep the limits they have.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::at_once::{Effect, at_once};
use crate::routes::checks;
use crate::views;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::packages::{CreatePackage, LimitsView, PackageView, UpdatePackage};
use nusantara_proto::host::Operation;
use nusantara_types::{Limits, Package, PackageName};
use serde_json::{Value, json};

/// Makes a package.
#[utoipa::path(
    post,
    path = "/packages",
    operation_id = "package_create",
    tag = "packages",
    request_body = CreatePackage,
    responses((status = 201, description = "It is there", body = PackageView), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(request): Json<CreatePackage>,
) -> ApiResult<(StatusCode, axum::Json<PackageView>)> {
    let package = put(&app, &caller, request.name, request.limits, true).await?;
    Ok((StatusCode::CREATED, axum::Json(package)))
}

/// Gives a package other limits. Its accounts keep theirs until it is applied to them.
#[utoipa::path(
    put,
    path = "/packages/{name}",
    operation_id = "package_update",
    tag = "packages",
    params(
        ("name" = String, Path, description = "The package"),
    ),
    request_body = UpdatePackage,
    responses((status = 200, description = "It has these limits now", body = PackageView), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segment(name): Segment<PackageName>,
    Json(request): Json<UpdatePackage>,
) -> ApiResult<axum::Json<PackageView>> {
    put(&app, &caller, name, request.limits, false).await.map(axum::Json)
}

async fn put(app: &App, caller: &Caller, name: PackageName, limits: LimitsView, create: bool) -> ApiResult<PackageView> {
    let facts = json!({ "limits": limits });
    let package = Package { name, limits: Limits::from(limits) };
    checks::limits(&package.limits)?;
    let operation = Operation::PackagePut { package: package.clone(), create };
    let action = if create { "package.create" } else { "package.update" };
    let done = at_once(app, caller, Effect { action, target: ("package", package.name.as_str()), facts, operation }).await;
    app.host.forget_packages().await;
    done?;
    let counts = app.store.account_package_counts().await?;
    Ok(views::packages::package(&package, counts.get(package.name.as_str()).copied().unwrap_or(0), caller))
}

/// Removes a package that no account has.
#[utoipa::path(
    delete,
    path = "/packages/{name}",
    operation_id = "package_delete",
    tag = "packages",
    params(
        ("name" = String, Path, description = "The package"),
    ),
    responses((status = 204, description = "It is gone"), Problems)
)]
pub(crate) async fn delete(State(app): State<App>, caller: Caller, Segment(name): Segment<PackageName>) -> ApiResult<StatusCode> {
    if app.store.account_package_counts().await?.contains_key(name.as_str()) {
        let detail = "Accounts have this package; give them another one first.";
        return Err(ApiError::new(ProblemCode::PackageInUse, detail));
    }
    let operation = Operation::PackageRemove { name: name.clone() };
    let effect = Effect { action: "package.delete", target: ("package", name.as_str()), facts: Value::Null, operation };
    let done = at_once(&app, &caller, effect).await;
    app.host.forget_packages().await;
    done.map(|_| StatusCode::NO_CONTENT)
}
