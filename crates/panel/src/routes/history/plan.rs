//! What going back would change, without changing it.

use super::cannot_be;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{ApiQuery, Segments};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::checks;
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::accounts::PlanView;
use nusantara_api::history::RollbackPlanQuery;
use nusantara_proto::host::AccountRollback;
use nusantara_types::{RevisionName, Username};

/// What going back to a revision would change, without changing it.
#[utoipa::path(
    get,
    path = "/accounts/{username}/revisions/{revision}/plan",
    operation_id = "rollback_plan",
    tag = "history",
    params(
        ("username" = String, Path, description = "The account"),
        ("revision" = String, Path, description = "A number of its history, or the beginning of a hash"),
        RollbackPlanQuery
    ),
    responses((status = 200, description = "The plan", body = PlanView), Problems)
)]
pub(crate) async fn plan(
    State(app): State<App>,
    caller: Caller,
    Segments(username, to): Segments<Username, RevisionName>,
    ApiQuery(query): ApiQuery<RollbackPlanQuery>,
) -> ApiResult<Json<PlanView>> {
    checks::below_foreign(&caller, query.allow_below_foreign)?;
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let args = AccountRollback { username: account.username, to, below_foreign: query.allow_below_foreign };
    let plan = app.host.rollback_plan(&caller.actor, args).await.map_err(cannot_be)?;
    Ok(Json(views::accounts::plan(plan)))
}
