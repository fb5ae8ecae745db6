//! Begin rows of the audit trail whose outcome was never written: the panel ended while something was done at once, without a job.
//! The host daemon remembers what came of it; what it does not know either is `interrupted`.

use crate::app::App;
use crate::host::HostError;
use chrono::TimeDelta;
use nusantara_jobs::Tasks;
use nusantara_proto::host::Outcome;
use nusantara_store::{AuditEvent, AuditPhase, AuditRecord, StoreError};
use nusantara_types::{Actor, RequestId, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Where several panels share a database, another one may be at it: nothing that is done at once takes this long.
const SHARED_PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// How often the host daemon is asked again while it cannot be reached, or is at it.
const TRIES: u32 = 60;
const PAUSE: Duration = Duration::from_secs(2);
/// Rows read at once.
const PAGE: u64 = 500;
/// The setting that says up to which row everything has its outcome.
const SETTLED: &str = "audit_settled";

/// Settles at the start, and where panels share the database, whenever this one begins to do what only one of them does: then another
/// one has ended. Until the process ends.
pub(crate) async fn keep_settling(app: App, start: Timestamp, tasks: Tasks) {
    if !app.store.is_shared() {
        return settle(app, start, tasks).await;
    }
    let all = async {
        loop {
            app.leader.me().await;
            settle(Arc::clone(&app), app.clock.now(), tasks.clone()).await;
            // What another one was at a moment ago is judged when it would be over.
            let again = tokio::time::sleep((SHARED_PATIENCE + TimeDelta::minutes(1)).to_std().unwrap_or_default());
            tokio::select! { () = app.leader.not_me() => {}, () = again => {} }
        }
    };
    tokio::select! { () = all => {}, () = tasks.stopped() => {} }
}

/// Gives every row of before `start` that lacks an outcome one. A job that is still to be done writes its own.
pub(crate) async fn settle(app: App, start: Timestamp, tasks: Tasks) {
    tokio::select! {
        () = settle_when_possible(&app, start) => {}
        () = tasks.stopped() => {}
    }
}

async fn settle_when_possible(app: &App, start: Timestamp) {
    while let Err(error) = settle_all(app, start).await {
        if !error.is_away() {
            tracing::warn!(%error, "effects that were cut short could not be given their outcome in the audit trail");
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn settle_all(app: &App, start: Timestamp) -> Result<(), StoreError> {
    let before = if app.store.is_shared() { start - SHARED_PATIENCE } else { start };
    // The jobs first: one that ends while the rows are read has its outcome among them.
    let under_way = app.store.job_requests_under_way().await?;
    let mut after = app.store.setting_get(SETTLED).await?.and_then(|id| id.parse().ok()).unwrap_or(0);
    let mut open: BTreeMap<String, AuditRecord> = BTreeMap::new();
    loop {
        let rows = app.store.audit_after(after, PAGE).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            match row.phase {
                AuditPhase::Begin => drop(open.insert(row.request_id.clone(), row)),
                AuditPhase::Success | AuditPhase::Failed | AuditPhase::Interrupted => drop(open.remove(&row.request_id)),
            }
        }
    }
    let is_orphan = |row: &AuditRecord| {
        let request = row.request_id.parse::<RequestId>();
        row.created_at < before && !request.is_ok_and(|request| under_way.contains(&request))
    };
    let (orphans, waiting): (Vec<AuditRecord>, Vec<AuditRecord>) = open.into_values().partition(is_orphan);
    for orphan in &orphans {
        let (phase, facts) = outcome(app, orphan).await;
        write(app, orphan, phase, facts).await?;
    }
    let settled = waiting.iter().map(|row| row.id - 1).min().unwrap_or(after);
    let tx = app.store.begin().await?;
    tx.setting_set(SETTLED, &settled.to_string(), app.now()).await?;
    tx.commit().await
}

async fn outcome(app: &App, orphan: &AuditRecord) -> (AuditPhase, Value) {
    let unknown = || (AuditPhase::Interrupted, json!({ "error": "interrupted" }));
    let Ok(request) = orphan.request_id.parse::<RequestId>() else { return unknown() };
    for _ in 0..TRIES {
        match app.host.outcome(request).await {
            Ok(Outcome::Ended(reply)) => {
                return match reply.result {
                    Ok(_) => (AuditPhase::Success, Value::Null),
                    Err(error) => (AuditPhase::Failed, json!({ "error": HostError::Refused(error).code() })),
                };
            }
            Ok(Outcome::Unknown) => return unknown(),
            Ok(Outcome::Running) | Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    unknown()
}

async fn write(app: &App, orphan: &AuditRecord, phase: AuditPhase, metadata: Value) -> Result<(), StoreError> {
    let actor = orphan.actor.parse::<Actor>().unwrap_or_else(|_| Actor::system());
    let tx = app.store.begin().await?;
    let event = AuditEvent {
        actor: &actor,
        action: &orphan.action,
        phase,
        target_type: &orphan.target_type,
        target_id: &orphan.target_id,
        request_id: &orphan.request_id,
        metadata,
    };
    tx.audit_append(event, app.now()).await?;
    tx.commit().await
}
