//! Brings the host to a tree that was written or edited by hand.

use super::queue;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::ACCOUNT_ADOPT;
use crate::http::ApiResult;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::routes::checks;
use crate::routes::history::cannot_be;
use crate::views;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::accounts::{AccountAccepted, PlanView};
use nusantara_api::documents::AdoptAccount;
use nusantara_proto::host::{AccountAdopt, Foreseen, Operation};
use nusantara_types::Username;
use serde_json::Value;

/// Brings the host to a tree below `/etc/nusantara-panel/users` that was written by hand or restored, or to the files of an account
/// that were edited.
#[utoipa::path(
    post,
    path = "/accounts/{username}/adopt",
    operation_id = "account_adopt",
    tag = "history",
    params(
        ("username" = String, Path, description = "The folder's name"),
    ),
    request_body = AdoptAccount,
    responses((status = 202, description = "Accepted; the job does the work", body = AccountAccepted), Problems)
)]
pub(crate) async fn adopt(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<AdoptAccount>,
) -> ApiResult<(StatusCode, axum::Json<AccountAccepted>)> {
    let args = AccountAdopt { username, below_foreign: request.allow_below_foreign };
    let Foreseen { account, .. } = foreseen(&app, &caller, &args).await?;
    queue(&app, &caller, ACCOUNT_ADOPT, &account, Operation::AccountAdopt(args), Value::Null).await
}

/// What adopting a tree would change, without changing it.
#[utoipa::path(
    post,
    path = "/accounts/{username}/adopt/plan",
    operation_id = "account_adopt_plan",
    tag = "history",
    params(
        ("username" = String, Path, description = "The folder's name"),
    ),
    request_body = AdoptAccount,
    responses((status = 200, description = "The plan", body = PlanView), Problems)
)]
pub(crate) async fn plan(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<AdoptAccount>,
) -> ApiResult<axum::Json<PlanView>> {
    let args = AccountAdopt { username, below_foreign: request.allow_below_foreign };
    Ok(axum::Json(views::accounts::plan(foreseen(&app, &caller, &args).await?.plan)))
}

async fn foreseen(app: &App, caller: &Caller, args: &AccountAdopt) -> ApiResult<Foreseen> {
    checks::below_foreign(caller, args.below_foreign)?;
    app.host.adopt_plan(&caller.actor, args.clone()).await.map_err(cannot_be)
}
