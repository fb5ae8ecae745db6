//! Jobs the caller may see, newest first, without their steps.

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
use nusantara_api::jobs::{Job, JobQuery};
use nusantara_store::JobFilter;

/// Jobs the caller may see, newest first, without their steps.
#[utoipa::path(
    get,
    path = "/jobs",
    operation_id = "job_list",
    tag = "jobs",
    params(
        JobQuery
    ),
    responses((status = 200, description = "One page", body = Page<Job>), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, ApiQuery(query): ApiQuery<JobQuery>) -> ApiResult<Json<Page<Job>>> {
    let limit = pages::limit(query.limit)?;
    let filter = JobFilter {
        account: checks::account_filter(query.account.as_deref())?,
        state: query.state.map(views::jobs::stored_state),
        before: pages::key(query.cursor.as_deref())?,
    };
    let rows = app.store.job_list(caller.scope(), &filter, limit as u64 + 1).await?;
    Ok(Json(pages::page(rows, limit, |row| row.id.to_string(), |row| views::jobs::job(row, Vec::new(), &caller, &app.engine))))
}
