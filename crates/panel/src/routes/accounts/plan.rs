//! What a converge, a deletion, a suspension or its end, or another name would change, without changing it.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{ApiQuery, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::accounts::primary_domain::kept;
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::accounts::{PlanIntent, PlanQuery, PlanView};
use nusantara_proto::host;
use nusantara_types::Username;

/// What a converge, a deletion, a suspension or its end, or another name would change, without changing it.
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
        PlanIntent::Rename => host::PlanIntent::Rename { new_username: needed("new_username", query.new_username.clone())? },
        PlanIntent::PrimaryDomain => {
            let domain = needed("domain", query.domain.clone())?;
            host::PlanIntent::PrimaryDomain { domain, keep_old: query.keep_old_as.map(kept) }
        }
    };
    refuse_more(&query)?;
    let plan = app.host.plan(&caller.actor, row.username, intent).await?;
    Ok(Json(views::accounts::plan(plan)))
}

fn needed<T>(field: &str, value: Option<T>) -> ApiResult<T> {
    value.ok_or_else(|| ApiError::invalid(field, "this parameter is needed"))
}

/// What says nothing about what is asked for is a mistake.
fn refuse_more(query: &PlanQuery) -> ApiResult<()> {
    let primary = query.intent == PlanIntent::PrimaryDomain;
    let beside = [
        ("new_username", query.new_username.is_some() && query.intent != PlanIntent::Rename),
        ("domain", query.domain.is_some() && !primary),
        ("keep_old_as", query.keep_old_as.is_some() && !primary),
    ];
    match beside.iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(ApiError::invalid(*field, "it does not go with this intent")),
        None => Ok(()),
    }
}
