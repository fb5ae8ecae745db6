//! The traffic of a month: that it comes to its end is written down, once for each mark; and where the package says that sites then
//! pause, the host daemon is asked to pause them, and to let them go on.

use crate::app::App;
use crate::flows::{ACCOUNT_TRAFFIC, Payload};
use chrono::Datelike;
use nusantara_jobs::enqueue;
use nusantara_proto::host::{AccountUsage, Operation};
use nusantara_store::{AuditEvent, AuditPhase, NewJob, StoreError, traffic_mark};
use nusantara_types::{Actor, JobId, RequestId, Timestamp, Username};
use serde_json::json;

/// Percent of the month's traffic at which it is written down, the highest first.
const MARKS: [u64; 2] = [100, 80];
/// The action in the audit trail.
const WARNING: &str = "account.traffic_warning";

/// Does what this use of an account calls for.
pub(super) async fn judge(app: &App, account: &Username, usage: &AccountUsage, now: Timestamp) -> Result<(), StoreError> {
    if let Some(mark) = MARKS.into_iter().find(|mark| usage.sent_percent >= *mark) {
        warn(app, account, usage, mark, now).await?;
    }
    if usage.pause_due == usage.sites_paused {
        return Ok(());
    }
    let tx = app.store.begin().await?;
    // What is under way may be this already; else its turn comes at the next look.
    if tx.job_unfinished(account).await? > 0 {
        return Ok(());
    }
    let operation = Operation::TrafficEnforce { username: account.clone() };
    let job = NewJob {
        background: true,
        id: JobId::generate(),
        kind: ACCOUNT_TRAFFIC,
        target_type: "account",
        target: account.as_str(),
        account: Some(account),
        created_by: &Actor::system(),
        request: RequestId::generate(),
        payload: Payload::of(operation).value(),
    };
    enqueue(&tx, &job, json!({ "pause": usage.pause_due, "sent_bytes": usage.sent_bytes }), now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok(())
}

/// Writes a mark down, unless that was done this month.
async fn warn(app: &App, account: &Username, usage: &AccountUsage, mark: u64, now: Timestamp) -> Result<(), StoreError> {
    let (name, reached) = (traffic_mark(account.as_str()), format!("{:04}-{:02} {mark:03}", now.year(), now.month()));
    // The value is made so that a later month, and a higher mark of the same, is the greater text.
    if app.store.setting_get(&name).await?.is_some_and(|known| known >= reached) {
        return Ok(());
    }
    let tx = app.store.begin().await?;
    if tx.setting_get(&name).await?.is_some_and(|known| known >= reached) {
        return Ok(());
    }
    tx.setting_set(&name, &reached, now).await?;
    let event = AuditEvent {
        actor: &Actor::system(),
        action: WARNING,
        phase: AuditPhase::Success,
        target_type: "account",
        target_id: account.as_str(),
        request_id: "",
        metadata: json!({ "percent": mark, "sent_bytes": usage.sent_bytes }),
    };
    tx.audit_append(event, now).await?;
    tx.commit().await
}
