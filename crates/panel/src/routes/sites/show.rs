//! One site.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::sites::Site;
use nusantara_types::SiteId;

/// One site.
#[utoipa::path(
    get,
    path = "/sites/{id}",
    operation_id = "site_show",
    tag = "sites",
    params(
        ("id" = Uuid, Path, description = "The site"),
    ),
    responses((status = 200, description = "The site", body = Site), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(id): Segment<SiteId>) -> ApiResult<Json<Site>> {
    let row = app.store.site_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(views::sites::site(&row, &caller)))
}
