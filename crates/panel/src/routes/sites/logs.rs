//! The end of a site's log, or what has come to it since.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{ApiQuery, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult, pages};
use axum::Json;
use axum::extract::State;
use nusantara_api::logs::{LogPage, SiteLog, SiteLogQuery};
use nusantara_proto::host::{LogName, LogRead};
use nusantara_types::SiteId;

/// The end of a site's log, or what has come to it since.
#[utoipa::path(
    get,
    path = "/sites/{id}/logs",
    operation_id = "site_logs",
    tag = "sites",
    params(
        ("id" = Uuid, Path, description = "The site"),
        SiteLogQuery
    ),
    responses((status = 200, description = "Lines", body = LogPage), Problems)
)]
pub(crate) async fn logs(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<SiteId>,
    ApiQuery(query): ApiQuery<SiteLogQuery>,
) -> ApiResult<Json<LogPage>> {
    let lines = pages::lines(query.lines)?;
    let site = app.store.site_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    let log = match query.log {
        SiteLog::Access => LogName::Access(site.domain),
        SiteLog::Error => LogName::Error(site.domain),
        SiteLog::Php => LogName::Php {},
    };
    let read = LogRead { username: site.account, log, lines, after: query.after };
    let page = app.host.log(&caller.actor, read).await?;
    Ok(Json(LogPage { lines: page.lines, after: page.after }))
}
