//! Whether the audit trail holds.

use crate::app::App;
use crate::http::ApiResult;
use crate::http::problem::Problems;
use axum::Json;
use axum::extract::State;
use nusantara_api::audit::AuditVerdict;
use nusantara_store::AuditTrail;
use nusantara_types::Timestamp;
use nusantara_types::audit::{AuditBroken, AuditSeal, SealKey};

/// Walks the whole audit trail: every row, every seal that was kept, and the last seal as the host daemon has it.
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
    let (key, seal) = match app.host.audit_sealed().await {
        Ok((key, seal)) => (Some(key), seal),
        Err(error) => {
            tracing::warn!(?error, "the audit trail is checked without the host daemon's seal");
            (None, None)
        }
    };
    let found = app.store.audit_verify(key.as_ref()).await?.and_then(|trail| reaches(trail, seal.as_ref()));
    Ok(Json(verdict(found, key, app.clock.now())))
}

/// The host daemon remembers the last seal by itself: a trail that was replaced together with its seals ends before it, or differs.
fn reaches(trail: AuditTrail, seal: Option<&AuditSeal>) -> Result<AuditTrail, AuditBroken> {
    let Some(seal) = seal else { return Ok(trail) };
    if seal.id > trail.rows {
        return Err(AuditBroken { row: trail.rows + 1, why: "it is missing: the host daemon sealed a later row" });
    }
    match &trail.seal {
        Some(kept) if kept.id == seal.id && kept.hash != seal.hash => {
            Err(AuditBroken { row: seal.id, why: "it is not the row that the host daemon sealed" })
        }
        _ => Ok(trail),
    }
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
