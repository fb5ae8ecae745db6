//! Accounts the caller may see, in order of name.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::ApiQuery;
use crate::http::problem::Problems;
use crate::http::{ApiResult, pages};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::accounts::Account;
use nusantara_api::{Page, PageQuery};
use nusantara_store::{AccountRecord, Scope};
use std::collections::HashMap;
use std::sync::Arc;

/// Accounts the caller may see, in order of name.
#[utoipa::path(
    get,
    path = "/accounts",
    operation_id = "account_list",
    tag = "accounts",
    params(
        PageQuery
    ),
    responses((status = 200, description = "One page", body = Page<Account>), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, ApiQuery(query): ApiQuery<PageQuery>) -> ApiResult<Json<Page<Account>>> {
    let limit = pages::limit(query.limit)?;
    let after: Option<String> = pages::key(query.cursor.as_deref())?;
    let key = (caller.scope(), after.clone(), limit);
    let read = async || read(&app, caller.scope(), after.as_deref(), limit).await.map(|page| Some(Arc::new(page)));
    let AccountPage { rows, sites, drift } = &*app.account_pages.of(&app, key, read).await?.unwrap_or_default();
    let of = |counts: &HashMap<String, u32>, row: &AccountRecord| counts.get(row.username.as_str()).copied().unwrap_or(0);
    let view = |row: &AccountRecord| Account { drift_count: of(drift, row), ..views::accounts::account(row, of(sites, row), &caller) };
    Ok(Json(pages::page(rows.iter().collect(), limit, |row| row.username.to_string(), view)))
}

/// A page as the database has it, with one account more than fits on it when there are more.
#[derive(Debug, Default)]
pub(crate) struct AccountPage {
    rows: Vec<AccountRecord>,
    sites: HashMap<String, u32>,
    drift: HashMap<String, u32>,
}

async fn read(app: &App, scope: Scope, after: Option<&str>, limit: usize) -> ApiResult<AccountPage> {
    let rows = app.store.account_list(scope, after, limit as u64 + 1).await?;
    let names: Vec<_> = rows.iter().map(|row| row.username.clone()).collect();
    let (sites, drift) = (app.store.account_site_counts(&names).await?, app.store.drift_counts(&names).await?);
    Ok(AccountPage { rows, sites, drift })
}
