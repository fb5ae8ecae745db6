//! One site, with what the host has for it.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::host::HostError;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::sites::SiteDetail;
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::SiteId;

/// One site, with what the host has for it.
#[utoipa::path(
    get,
    path = "/sites/{id}",
    operation_id = "site_show",
    tag = "sites",
    params(
        ("id" = Uuid, Path, description = "The site"),
    ),
    responses((status = 200, description = "The site", body = SiteDetail), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(id): Segment<SiteId>) -> ApiResult<Json<SiteDetail>> {
    let row = app.store.site_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    let state = match app.host.account(&caller.actor, row.account.clone()).await {
        Ok(state) => Some(state),
        // Not there yet, or not any more; or the daemon is away for a moment, which is no reason to hide what is known.
        Err(HostError::Refused(OperationError { code: ErrorCode::NotFound, .. }) | HostError::Unavailable(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let suspended = app.store.account_suspended(&[row.account.clone()].into()).await?;
    let mut detail = views::sites::detail(&row, state.map(|state| state.spec), &caller);
    if !suspended.is_empty() {
        detail.site = views::sites::suspended(detail.site);
    }
    Ok(Json(detail))
}
