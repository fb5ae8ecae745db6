//! The last runs of a cron job.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::cron::{CronRun, CronRunList};
use nusantara_types::{CronJobName, Username};

/// The last runs of a cron job that have ended, latest first.
#[utoipa::path(
    get,
    path = "/accounts/{username}/cron/{name}/runs",
    operation_id = "cron_runs",
    tag = "cron",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The job"),
    ),
    responses((status = 200, description = "Its runs", body = CronRunList), Problems)
)]
pub(crate) async fn runs(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, CronJobName>,
) -> ApiResult<Json<CronRunList>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let runs = app.host.cron_runs(&caller.actor, account.username, name).await?;
    Ok(Json(CronRunList { items: runs.into_iter().map(CronRun::from).collect() }))
}
