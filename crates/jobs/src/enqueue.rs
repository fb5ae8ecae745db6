//! Queueing a job, in the transaction of the change that announces it.

use nusantara_store::{AuditEvent, AuditPhase, NewJob, StoreError, Tx};
use nusantara_types::Timestamp;
use serde_json::Value;

/// Writes the job and its audit begin row into `tx`. Call it last: audit rows are appended under a lock that all share.
///
/// # Errors
/// What the store says; then `tx` must not be committed.
pub async fn enqueue(tx: &Tx, job: &NewJob<'_>, facts: Value, now: Timestamp) -> Result<(), StoreError> {
    tx.job_insert(job, now).await?;
    let request_id = job.request.to_string();
    let begin = AuditEvent {
        actor: job.created_by,
        action: job.kind,
        phase: AuditPhase::Begin,
        target_type: job.target_type,
        target_id: job.target,
        request_id: &request_id,
        metadata: facts,
    };
    tx.audit_append(begin, now).await?;
    Ok(())
}
