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
use nusantara_store::AccountRecord;
use std::collections::HashMap;

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
    let rows = app.store.account_list(caller.scope(), after.as_deref(), limit as u64 + 1).await?;
    let names: Vec<_> = rows.iter().map(|row| row.username.clone()).collect();
    let sites = app.store.account_site_counts(&names).await?;
    let drift = app.store.drift_counts(&names).await?;
    let of = |counts: &HashMap<String, u32>, row: &AccountRecord| counts.get(row.username.as_str()).copied().unwrap_or(0);
    let view = |row: AccountRecord| Account { drift_count: of(&drift, &row), ..views::accounts::account(&row, of(&sites, &row), &caller) };
    Ok(Json(pages::page(rows, limit, |row| row.username.to_string(), view)))
}
