//! What a converge, a deletion, a suspension or its end would change, without changing it.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{ApiQuery, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::accounts::{PlanIntent, PlanQuery, PlanView};
use nusantara_proto::host;
use nusantara_types::Username;

/// What a converge, a deletion, a suspension or its end would change, without changing it.
#[utoipa::path(
    get,
    path = "/accounts/{username}/plan",
    operation_id = "account_plan",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
        PlanQuery
    ),
    responses((status = 200, description = "The plan", body = PlanView), Problems)
)]
pub(crate) async fn plan(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    ApiQuery(query): ApiQuery<PlanQuery>,
) -> ApiResult<Json<PlanView>> {
    let row = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let intent = match query.intent {
        PlanIntent::Converge => host::PlanIntent::Converge,
        PlanIntent::Delete => host::PlanIntent::Delete,
        PlanIntent::Suspend => host::PlanIntent::Suspend,
        PlanIntent::Unsuspend => host::PlanIntent::Unsuspend,
    };
    let plan = app.host.plan(&caller.actor, row.username, intent).await?;
    Ok(Json(views::accounts::plan(plan)))
}
