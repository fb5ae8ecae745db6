//! The last copies that the host keeps of deleted accounts.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::ApiResult;
use crate::http::problem::Problems;
use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;
use nusantara_api::last_copies::{LastCopy, LastCopyList};

/// The last copies that the host keeps of deleted accounts, newest first.
#[utoipa::path(
    get,
    path = "/last-copies",
    operation_id = "last_copy_list",
    tag = "accounts",
    responses((status = 200, description = "All that are kept", body = LastCopyList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> ApiResult<Json<LastCopyList>> {
    let (copies, kept_days) = app.host.last_copies(&caller.actor).await?;
    let items = copies.into_iter().map(|copy| LastCopy {
        username: copy.username.to_string(),
        deleted_at: copy.asked_at,
        expires_at: copy.asked_at + TimeDelta::days(kept_days.into()),
        size_bytes: copy.bytes,
        path: copy.path,
    });
    Ok(Json(LastCopyList { items: items.collect(), kept_days }))
}
