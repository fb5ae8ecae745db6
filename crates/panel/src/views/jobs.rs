//! Jobs and audit rows as the client sees them.

use super::{action, action_in};
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use nusantara_api::accounts::ActionState;
use nusantara_api::audit::AuditEntry;
use nusantara_api::jobs::{Job, JobActions, JobError, JobState, JobStep, JobStepState};
use nusantara_jobs::Engine;
use nusantara_store::{AuditRecord, JobRecord, StepRecord, StepState};

/// A job with these steps.
pub(crate) fn job(record: JobRecord, steps: Vec<StepRecord>, caller: &Caller, engine: &Engine) -> Job {
    let cancel = cancel(&record, caller, engine);
    Job {
        id: record.id.0,
        kind: record.kind,
        state: state(record.state),
        target_type: record.target_type,
        target: record.target,
        account: record.account.map(|account| account.to_string()),
        created_by: record.created_by.to_string(),
        created_at: record.created_at,
        started_at: record.started_at,
        finished_at: record.finished_at,
        error: record.failure.map(|f| JobError { code: f.code, message: f.message, detail: f.detail }),
        steps: steps.into_iter().map(step).collect(),
        generation: record.generation,
        cancel_at: record.cancel_at,
        actions: JobActions { cancel },
    }
}

/// Whether it can be stopped. One that waits for another try has begun.
fn cancel(job: &JobRecord, caller: &Caller, engine: &Engine) -> ActionState {
    use nusantara_store::JobState as State;
    let obstacle = match job.state {
        State::Queued if job.attempts == 0 => None,
        State::Running if job.cancel_at.is_some() => Some("job_stopping"),
        State::Running if engine.stops_between_steps(&job.kind) => None,
        State::Queued | State::Running => Some("job_unstoppable"),
        State::Success | State::Failed | State::Cancelled => Some("job_over"),
    };
    match &job.account {
        Some(account) => action_in(caller, account, Permission::JobCancel, obstacle),
        None => action(caller, Permission::JobCancel, obstacle),
    }
}

pub(super) const fn state(state: nusantara_store::JobState) -> JobState {
    match state {
        nusantara_store::JobState::Queued => JobState::Queued,
        nusantara_store::JobState::Running => JobState::Running,
        nusantara_store::JobState::Success => JobState::Success,
        nusantara_store::JobState::Failed => JobState::Failed,
        nusantara_store::JobState::Cancelled => JobState::Cancelled,
    }
}

/// The store's word for a state asked for.
pub(crate) const fn stored_state(state: JobState) -> nusantara_store::JobState {
    match state {
        JobState::Queued => nusantara_store::JobState::Queued,
        JobState::Running => nusantara_store::JobState::Running,
        JobState::Success => nusantara_store::JobState::Success,
        JobState::Failed => nusantara_store::JobState::Failed,
        JobState::Cancelled => nusantara_store::JobState::Cancelled,
    }
}

fn step(step: StepRecord) -> JobStep {
    JobStep {
        position: step.position,
        name: step.name,
        summary: step.summary,
        state: match step.state {
            StepState::Pending => JobStepState::Pending,
            StepState::Running => JobStepState::Running,
            StepState::Success => JobStepState::Success,
            StepState::Failed => JobStepState::Failed,
            StepState::Undone => JobStepState::Undone,
        },
        message: step.message,
        started_at: step.started_at,
        finished_at: step.finished_at,
    }
}

/// An audit row.
pub(crate) fn audit(record: AuditRecord) -> AuditEntry {
    AuditEntry {
        id: record.id,
        actor: record.actor,
        action: record.action,
        phase: record.phase.as_str().to_owned(),
        target_type: record.target_type,
        target_id: record.target_id,
        request_id: record.request_id,
        metadata: serde_json::from_str(&record.metadata).unwrap_or_default(),
        created_at: record.created_at,
        prev_hash: record.prev_hash,
        hash: record.hash,
    }
}
