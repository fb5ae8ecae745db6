//! Runs a cron job now.

use super::exists;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::CRON_RUN;
use crate::http::ApiResult;
use crate::http::extract::Segments;
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::routes::changes::{self, Change};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::{CronJobName, Username};
use serde_json::{Value, json};

/// Runs a cron job now, unless it runs. The job ends when the run has begun.
#[utoipa::path(
    post,
    path = "/accounts/{username}/cron/{name}/run",
    operation_id = "cron_run",
    tag = "cron",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The job"),
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn run(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Segments(username, name): Segments<Username, CronJobName>,
) -> ApiResult<Response> {
    let key = Key::of(&headers, &caller, &format!("POST /accounts/{username}/cron/{name}/run"), &Value::Null)?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, &username, &name, key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the job and the audit row, or neither.
async fn accept(app: &App, caller: &Caller, username: &Username, name: &CronJobName, key: Option<&Key>) -> ApiResult<JobAccepted> {
    exists(app, caller, username, name).await?;
    let operation = Operation::CronRun { username: username.clone(), name: name.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: CRON_RUN, target: ("cron", name.as_str()), operation, site: None, facts };
    changes::add(app, caller, username, key, change).await
}
