//! What is not as it should be of one account, now.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::drift::{findings, note};
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::drift::DriftReport;
use nusantara_store::AccountStatus;
use nusantara_types::Username;

/// What is not as it should be of one account, now, from what should be to what is.
#[utoipa::path(
    get,
    path = "/accounts/{username}/drift",
    operation_id = "drift_show",
    tag = "drift",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "The differences", body = DriftReport), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<DriftReport>> {
    let row = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let report = app.host.drift(&caller.actor, username.clone()).await?;
    // What was seen just now is what is known from now on.
    note(&app.store, &username, &findings(&report.items, report.problem.as_deref(), app.now())).await?;
    let busy = matches!(row.status, AccountStatus::Provisioning | AccountStatus::Deleting).then_some("account_busy");
    Ok(Json(views::drift::report(report, busy, &caller)))
}
