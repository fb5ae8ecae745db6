//! What a run of a cron job wrote.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{ApiQuery, Segments};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::cron::{CronOutput, CronOutputQuery};
use nusantara_proto::host;
use nusantara_types::{CronJobName, Username};

/// The end of what a run of a cron job wrote.
#[utoipa::path(
    get,
    path = "/accounts/{username}/cron/{name}/output",
    operation_id = "cron_output",
    tag = "cron",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The job"),
        CronOutputQuery
    ),
    responses((status = 200, description = "Lines", body = CronOutput), Problems)
)]
pub(crate) async fn output(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, CronJobName>,
    ApiQuery(query): ApiQuery<CronOutputQuery>,
) -> ApiResult<Json<CronOutput>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let asked = host::CronOutput { username: account.username, name, run: query.run };
    Ok(Json(CronOutput { lines: app.host.cron_output(&caller.actor, asked).await? }))
}
