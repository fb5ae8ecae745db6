//! What was found the last time somebody looked at all accounts.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use crate::drift::last;
use crate::http::extract::ApiQuery;
use crate::http::problem::Problems;
use crate::http::{ApiResult, pages};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::PageQuery;
use nusantara_api::drift::DriftOverview;
use nusantara_types::Username;

/// What was found the last time all accounts were looked at, of those the caller may see.
#[utoipa::path(
    get,
    path = "/drift",
    operation_id = "drift_list",
    tag = "drift",
    params(
        PageQuery
    ),
    responses((status = 200, description = "One page", body = DriftOverview), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, ApiQuery(query): ApiQuery<PageQuery>) -> ApiResult<Json<DriftOverview>> {
    overview(&app, &caller, &query).await.map(Json)
}

/// One page of what is known.
pub(super) async fn overview(app: &App, caller: &Caller, query: &PageQuery) -> ApiResult<DriftOverview> {
    let limit = pages::limit(query.limit)?;
    let after: Option<Username> = pages::key(query.cursor.as_deref())?;
    let mut all = Vec::new();
    for (username, count) in app.store.drift_accounts().await? {
        if app.store.account_get(caller.scope(), &username).await?.is_some() {
            all.push((username, count));
        }
    }
    let last = last(&app.store).await?;
    let counts = (u32::try_from(all.len()).unwrap_or(u32::MAX), all.iter().map(|(_, count)| count).sum());
    let mut rows = Vec::new();
    for (username, _) in all.into_iter().filter(|(name, _)| after.as_ref().is_none_or(|after| name > after)).take(limit + 1) {
        let found = app.store.drift_of(&username).await?;
        rows.push((username, found));
    }
    let page = pages::page(rows, limit, |(name, _)| name.to_string(), |(name, found)| views::drift::drifted(&name, found));
    let host = last.iter().flat_map(|last| &last.host).filter(|_| caller.may(Permission::SystemRead));
    Ok(DriftOverview {
        looked_at: last.as_ref().map(|last| last.at),
        looked: last.as_ref().map_or(0, |last| last.looked),
        accounts: counts.0,
        findings: counts.1,
        host: host.cloned().map(views::drift::item).collect(),
        items: page.items,
        next_cursor: page.next_cursor,
    })
}
