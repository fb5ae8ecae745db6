//! Effects that are over in milliseconds and that no job does: an audit row before, the host daemon's answer, an audit row after.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::{ApiError, ApiResult};
use nusantara_proto::host::{Answer, Operation};
use nusantara_store::{AuditEvent, AuditPhase};
use nusantara_types::{Actor, RequestId};
use serde_json::{Value, json};

/// What is to be done.
pub(crate) struct Effect<'a> {
    /// As the audit trail names it.
    pub(crate) action: &'a str,
    /// Kind of thing, and which.
    pub(crate) target: (&'a str, &'a str),
    /// Further facts for the trail. No secrets.
    pub(crate) facts: Value,
    /// What the host daemon is asked to do.
    pub(crate) operation: Operation,
}

/// Does it. Without the first row there is no effect; the second says what came of it, or that nobody knows.
pub(crate) async fn at_once(app: &App, caller: &Caller, effect: Effect<'_>) -> ApiResult<Answer> {
    by(app, &caller.actor, effect).await
}

/// The same, by whoever it is.
pub(crate) async fn by(app: &App, actor: &Actor, effect: Effect<'_>) -> ApiResult<Answer> {
    let id = RequestId::generate();
    let Effect { action, target, facts, operation } = effect;
    audit(app, actor, (action, target), id, AuditPhase::Begin, facts).await?;
    let outcome = app.host.change(actor, id, operation).await;
    let (phase, facts) = match &outcome {
        Ok(_) => (AuditPhase::Success, Value::Null),
        Err(error) if error.is_certain() => (AuditPhase::Failed, json!({ "error": error.code() })),
        Err(error) => (AuditPhase::Interrupted, json!({ "error": error.code() })),
    };
    audit(app, actor, (action, target), id, phase, facts).await?;
    outcome.map_err(ApiError::from)
}

/// Writes down that somebody is about to be shown something.
pub(crate) async fn seen(app: &App, caller: &Caller, action: &str, target: (&str, &str)) -> ApiResult<()> {
    audit(app, &caller.actor, (action, target), RequestId::generate(), AuditPhase::Success, Value::Null).await
}

async fn audit(
    app: &App,
    actor: &Actor,
    (action, (target_type, target_id)): (&str, (&str, &str)),
    id: RequestId,
    phase: AuditPhase,
    metadata: Value,
) -> ApiResult<()> {
    let request_id = id.to_string();
    let tx = app.store.begin().await?;
    let event = AuditEvent { actor, action, phase, target_type, target_id, request_id: &request_id, metadata };
    tx.audit_append(event, app.now()).await?;
    Ok(tx.commit().await?)
}
