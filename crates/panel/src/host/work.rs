//! Work for the host daemon. The job's request id names it for good: it is sent again after every lost connection, and the
//! daemon answers with the outcome, or lets us follow, instead of doing it twice.

use super::Host;
use nusantara_jobs::{Outcome, When, Work};
use nusantara_proto::host::{Answer, ErrorCode, Event, Operation, OperationError, StepState as HostStepState};
use nusantara_proto::socket::CallError;
use nusantara_store::{JobFailure, StepState};
use std::time::Duration;
use tokio::time::Instant;

/// Silence after which the connection is taken for lost. Long steps may be silent; asking again only follows them.
const SILENCE: Duration = Duration::from_secs(60);
/// Pauses between attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a daemon that cannot be reached is waited for, when it is certain that it was never asked.
const PATIENCE: Duration = Duration::from_secs(120);
/// Answers in a row that cannot be read before giving up: another version is at the other end.
const UNREADABLE: u32 = 5;

/// What the host daemon made of the work.
#[derive(Debug)]
pub(crate) enum Carried {
    /// It is done.
    Done(Answer),
    /// It is definitely not done, or cannot be now.
    Not(Outcome, ErrorCode),
}

/// Has the host daemon carry out `operation` under the job's request id.
pub(crate) async fn carry_out(host: &Host, work: &Work, operation: &Operation) -> Carried {
    let began = Instant::now();
    // A resumed job may have been sent by the process that died.
    let mut sent = work.is_resumed();
    let mut pause = FIRST_PAUSE;
    let mut unreadable = 0;
    work.steps.reach("call", When::Before).await;
    loop {
        let report = |event| report(work, event);
        let answered = host.call(work.job.request, &work.job.created_by, operation.clone(), SILENCE, report).await;
        if answered.is_ok() {
            work.steps.reach("call", When::After).await;
        }
        let error = match answered {
            Ok(Ok(answer)) => return Carried::Done(answer),
            Ok(Err(refusal)) => return Carried::Not(outcome_of(&refusal, work.job.attempts), refusal.code),
            Err(error) => error,
        };
        match &error {
            CallError::Unreachable(_) if !sent && began.elapsed() > PATIENCE => {
                let failure = failure("host_unavailable", "The host daemon does not answer; nothing was done.", Some(error.to_string()));
                return Carried::Not(Outcome::Failed { failure, undone: true }, ErrorCode::Busy);
            }
            CallError::Unreachable(_) => {}
            CallError::Lost(_) => sent = true,
            CallError::Codec(_) => {
                unreadable += 1;
                if unreadable == UNREADABLE {
                    let message = "The host daemon's answer cannot be read; is it of the same version as the panel?";
                    let failure = failure("internal", message, Some(error.to_string()));
                    return Carried::Not(Outcome::Failed { failure, undone: false }, ErrorCode::UndoFailed);
                }
            }
        }
        tracing::debug!(job = %work.job.id, %error, "asking the host daemon again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn report(work: &Work, event: Event) {
    match event {
        Event::Steps { steps } => work.steps.plan(steps.into_iter().map(|step| (step.name, step.summary))),
        Event::Step { index, state, message } => {
            let state = match state {
                HostStepState::Running => StepState::Running,
                HostStepState::Success => StepState::Success,
                HostStepState::Failed => StepState::Failed,
                HostStepState::Undone => StepState::Undone,
            };
            work.steps.set(index as usize, state, message);
        }
    }
}

fn outcome_of(refusal: &OperationError, attempts: u32) -> Outcome {
    let failure = failure(job_code(refusal.code), &refusal.message, refusal.detail.clone());
    if refusal.code.retryable() {
        let after = Duration::from_millis(250 << attempts.min(6));
        return Outcome::Again { after, failure };
    }
    Outcome::Failed { failure, undone: refusal.code != ErrorCode::UndoFailed }
}

fn failure(code: &str, message: &str, detail: Option<String>) -> JobFailure {
    JobFailure { code: code.to_owned(), message: message.to_owned(), detail }
}

/// The job error code of each failure; the UI translates it. No wildcard: a new code needs a decision here.
pub(super) const fn job_code(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Malformed => "malformed",
        ErrorCode::Version => "version",
        ErrorCode::Invalid => "invalid",
        ErrorCode::NotFound => "not_found",
        ErrorCode::Conflict => "conflict",
        ErrorCode::LimitReached => "limit_reached",
        ErrorCode::Busy => "busy",
        ErrorCode::ConfigRefused => "config_refused",
        ErrorCode::HostFailed => "host_failed",
        ErrorCode::DiskFull => "disk_full",
        ErrorCode::DiskError => "disk_error",
        ErrorCode::DatabaseServerMissing => "database_server_missing",
        ErrorCode::CopyFailed => "copy_failed",
        ErrorCode::UndoFailed => "undo_failed",
    }
}
