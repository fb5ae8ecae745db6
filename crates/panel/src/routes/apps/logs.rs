//! The end of what an app wrote, or what it has written since.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{ApiQuery, Segments};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult, pages};
use axum::Json;
use axum::extract::State;
use nusantara_api::logs::{AppLogQuery, LogPage};
use nusantara_proto::host::{LogName, LogRead};
use nusantara_types::{AppName, Username};

/// The end of what an app wrote, or what it has written since.
#[utoipa::path(
    get,
    path = "/accounts/{username}/apps/{name}/logs",
    operation_id = "app_logs",
    tag = "apps",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The app"),
        AppLogQuery
    ),
    responses((status = 200, description = "Lines", body = LogPage), Problems)
)]
pub(crate) async fn logs(
    State(app): State<App>,
    caller: Caller,
    Segments(username, name): Segments<Username, AppName>,
    ApiQuery(query): ApiQuery<AppLogQuery>,
) -> ApiResult<Json<LogPage>> {
    let lines = pages::lines(query.lines)?;
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let read = LogRead { username: account.username, log: LogName::App(name), lines, after: query.after };
    let page = app.host.log(&caller.actor, read).await?;
    Ok(Json(LogPage { lines: page.lines, after: page.after }))
}
