//! What a converge of all accounts would change.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::ApiQuery;
use crate::http::problem::Problems;
use crate::http::{ApiResult, pages};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::PageQuery;
use nusantara_api::drift::{PlanPage, PlanSummary};
use nusantara_proto::host::Surveyed;
use nusantara_types::Username;

/// Accounts of one question.
const PAGE: u32 = 500;

/// What a converge of all accounts would change, without changing it: counts over all of them, then those that have changes.
#[utoipa::path(
    get,
    path = "/plan",
    operation_id = "plan_all",
    tag = "drift",
    params(
        PageQuery
    ),
    responses((status = 200, description = "One page", body = PlanPage), Problems)
)]
pub(crate) async fn plan(State(app): State<App>, caller: Caller, ApiQuery(query): ApiQuery<PageQuery>) -> ApiResult<Json<PlanPage>> {
    let limit = pages::limit(query.limit)?;
    let cursor: Option<Username> = pages::key(query.cursor.as_deref())?;
    let first = cursor.is_none();
    let (mut summary, mut rows, mut after): (PlanSummary, Vec<Surveyed>, Option<Username>) = (PlanSummary::default(), Vec::new(), cursor);
    loop {
        let survey = app.host.survey(&caller.actor, after, PAGE).await?;
        summary.accounts += survey.looked;
        for account in survey.accounts {
            summary.changed += u32::from(!account.changes.is_empty());
            summary.changes += u32::try_from(account.changes.len()).unwrap_or(u32::MAX);
            summary.problems += u32::from(account.problem.is_some());
            if rows.len() <= limit {
                rows.push(account);
            }
        }
        after = survey.next;
        // The counts need all accounts; later pages do without them.
        if after.is_none() || (!first && rows.len() > limit) {
            break;
        }
    }
    let page = pages::page(rows, limit, |account| account.username.to_string(), views::drift::planned);
    Ok(Json(PlanPage { summary: first.then_some(summary), items: page.items, next_cursor: page.next_cursor }))
}
