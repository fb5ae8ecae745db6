//! Starts the instances of an app again.

use super::exists;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::APP_RESTART;
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
use nusantara_types::{AppName, Username};
use serde_json::{Value, json};

/// Starts the instances of an app again.
#[utoipa::path(
    post,
    path = "/accounts/{username}/apps/{name}/restart",
    operation_id = "app_restart",
    tag = "apps",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The app"),
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn restart(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Segments(username, name): Segments<Username, AppName>,
) -> ApiResult<Response> {
    let key = Key::of(&headers, &caller, &format!("POST /accounts/{username}/apps/{name}/restart"), &Value::Null)?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, &username, &name, key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the job and the audit row, or neither.
async fn accept(app: &App, caller: &Caller, username: &Username, name: &AppName, key: Option<&Key>) -> ApiResult<JobAccepted> {
    exists(app, caller, username, name).await?;
    let operation = Operation::AppRestart { username: username.clone(), name: name.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: APP_RESTART, target: ("app", name.as_str()), operation, site: None, facts };
    changes::add(app, caller, username, key, change).await
}
