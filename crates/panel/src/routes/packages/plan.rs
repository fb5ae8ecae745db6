//! What applying a package to the accounts that have it would do.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{ApiQuery, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiResult, pages};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::packages::PackageEffect;
use nusantara_api::{Page, PageQuery};
use nusantara_proto::host;
use nusantara_types::{PackageName, Username};

/// What applying a package to the accounts that have it would do, in order of name.
#[utoipa::path(
    get,
    path = "/packages/{name}/plan",
    operation_id = "package_plan",
    tag = "packages",
    params(
        ("name" = String, Path, description = "The package"),
        PageQuery
    ),
    responses((status = 200, description = "One page", body = Page<PackageEffect>), Problems)
)]
pub(crate) async fn plan(
    State(app): State<App>,
    caller: Caller,
    Segment(name): Segment<PackageName>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> ApiResult<Json<Page<PackageEffect>>> {
    let limit = pages::limit(query.limit)?;
    let after: Option<Username> = pages::key(query.cursor.as_deref())?;
    let (accounts, more) = app.host.package_plan(&caller.actor, name, after, u32::try_from(limit).unwrap_or(1)).await?;
    let key = |effect: &host::PackageEffect| effect.username.to_string();
    Ok(Json(pages::told(accounts, more, key, views::packages::effect)))
}
