//! Sites the caller may see, in order of domain.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::ApiQuery;
use crate::http::problem::Problems;
use crate::http::{ApiResult, pages};
use crate::routes::checks;
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::Page;
use nusantara_api::sites::{Site, SiteQuery};
use nusantara_store::{SiteFilter, SiteRecord};

/// Sites the caller may see, in order of domain.
#[utoipa::path(
    get,
    path = "/sites",
    operation_id = "site_list",
    tag = "sites",
    params(
        SiteQuery
    ),
    responses((status = 200, description = "One page", body = Page<Site>), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, ApiQuery(query): ApiQuery<SiteQuery>) -> ApiResult<Json<Page<Site>>> {
    let limit = pages::limit(query.limit)?;
    let filter = SiteFilter {
        account: checks::account_filter(query.account.as_deref())?,
        domain: checks::domain_filter(query.domain.as_deref())?,
        after: pages::key(query.cursor.as_deref())?,
    };
    let rows = app.store.site_list(caller.scope(), &filter, limit as u64 + 1).await?;
    let suspended = app.store.account_suspended(&rows.iter().map(|row| row.account.clone()).collect()).await?;
    let view = |row: SiteRecord| {
        let site = views::sites::site(&row, &caller);
        if suspended.contains(&row.account) { views::sites::suspended(site) } else { site }
    };
    Ok(Json(pages::page(rows, limit, |row| row.domain.to_string(), view)))
}
