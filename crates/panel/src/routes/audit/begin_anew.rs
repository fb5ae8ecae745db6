//! A new trail where the old one is lost.

use crate::app::App;
use crate::audit_seal;
use crate::auth::caller::Caller;
use crate::auth::logins;
use crate::http::extract::Json;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::extract::State;
use nusantara_api::audit::{AuditBegin, AuditBegun};
use nusantara_store::BEGIN_ANEW;
use serde_json::json;

/// Longest reason, characters.
const LONGEST: usize = 500;

/// Writes down that the trail begins anew here, and has that sealed. The command line has put the host daemon's old seals aside before:
/// only root can.
#[utoipa::path(
    post,
    path = "/audit-logs/begin-anew",
    operation_id = "audit_begin_anew",
    tag = "audit",
    request_body = AuditBegin,
    responses((status = 200, description = "The trail goes on from here", body = AuditBegun), Problems)
)]
pub(crate) async fn begin(State(app): State<App>, caller: Caller, Json(request): Json<AuditBegin>) -> ApiResult<axum::Json<AuditBegun>> {
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST || reason.chars().any(char::is_control) {
        return Err(ApiError::invalid("reason", "say why, in one line of at most 500 characters"));
    }
    let now = app.now();
    let tx = app.store.begin().await?;
    let facts = json!({ "reason": reason, "sealed_row": request.sealed_row, "sealed_hash": request.sealed_hash });
    logins::note_about(&tx, &caller.actor, BEGIN_ANEW, ("audit", "trail"), facts, now).await?;
    tx.commit().await?;
    let sealed = audit_seal::seal(&app.store, &app.host, &app.audit_copy).await;
    if let Err(error) = &sealed {
        tracing::warn!(%error, "the new audit trail is not sealed yet");
    }
    let row = app.store.audit_end().await?.map_or(0, |(id, _)| id);
    Ok(axum::Json(AuditBegun { row, sealed: sealed.is_ok() }))
}
