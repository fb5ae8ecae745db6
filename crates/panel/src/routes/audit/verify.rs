//! Whether the audit trail holds.

use crate::app::App;
use crate::audit_join;
use crate::host::Host;
use crate::http::ApiResult;
use crate::http::problem::Problems;
use axum::Json;
use axum::extract::State;
use nusantara_api::audit::AuditVerdict;
use nusantara_store::{AuditTrail, Store, StoreError};
use nusantara_types::Timestamp;
use nusantara_types::audit::{AuditBroken, SealKey};

/// Walks the whole audit trail: every row, every seal that was kept, and the last seal as the host daemon has it; then holds the trail
/// against the host daemon's ledger.
#[utoipa::path(
    get,
    path = "/audit-logs/verify",
    operation_id = "audit_verify",
    tag = "audit",
    responses((status = 200, description = "What was found", body = AuditVerdict), Problems)
)]
pub(crate) async fn verify(State(app): State<App>) -> ApiResult<Json<AuditVerdict>> {
    // One at a time: a long trail is work for the database.
    let _turn = app.audit_checks.lock().await;
    let (key, found) = check(&app.store, &app.host).await?;
    let join = audit_join::join(&app).await?;
    Ok(Json(AuditVerdict { join, ..verdict(found, key, app.clock.now()) }))
}

/// What there is to say about the trail, and the key that its seals were checked with.
pub(crate) async fn check(store: &Store, host: &Host) -> Result<(Option<SealKey>, Result<AuditTrail, AuditBroken>), StoreError> {
    let (key, seal) = match host.audit_sealed().await {
        Ok((key, seal)) => (Some(key), seal),
        Err(error) => {
            tracing::warn!(?error, "the audit trail is checked without the host daemon's seal");
            (None, None)
        }
    };
    // The host daemon remembers the last seal by itself: a trail that was replaced together with its seals ends before it, or differs.
    let found = store.audit_verify_with(key.as_ref(), seal.as_ref()).await?;
    Ok((key, found))
}

fn verdict(found: Result<AuditTrail, AuditBroken>, key: Option<SealKey>, checked_at: Timestamp) -> AuditVerdict {
    let key = key.map(|key| key.to_string());
    let nothing = AuditVerdict {
        intact: false,
        rows: None,
        hash: None,
        broken_row: None,
        broken_why: None,
        sealed_row: None,
        sealed_at: None,
        key,
        join: None,
        checked_at,
    };
    match found {
        Ok(trail) => AuditVerdict {
            intact: true,
            rows: Some(trail.rows),
            hash: Some(trail.hash),
            sealed_row: trail.seal.as_ref().map(|seal| seal.id),
            sealed_at: trail.seal.as_ref().map(|seal| seal.sealed_at),
            ..nothing
        },
        Err(broken) => AuditVerdict { broken_row: Some(broken.row), broken_why: Some(broken.why.to_owned()), ..nothing },
    }
}
