//! The host daemon, as the panel speaks to it: questions that are answered at once, and work that survives a lost connection.

mod questions;
mod work;

pub(crate) use work::{Carried, carry_out};

use crate::http::ApiError;
use nusantara_api::ProblemCode;
use nusantara_proto::host::Request;
use nusantara_proto::host::{Answer, ErrorCode, Event, HostDescription, Operation, OperationError, PROTOCOL_VERSION};
use nusantara_proto::socket::{CallError, call};
use nusantara_types::{Actor, JobId, Package, RequestId};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// A value and when it was asked for.
type Kept<T> = Arc<Mutex<Option<(Instant, T)>>>;

/// The host daemon behind its socket. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    socket: PathBuf,
    packages: Kept<Arc<[Package]>>,
    description: Kept<Arc<HostDescription>>,
    /// Operations with something secret in them, by the job that is to have them carried out.
    withheld: Arc<std::sync::Mutex<HashMap<JobId, Operation>>>,
}

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum HostError {
    /// The daemon is not there, or speaks another language.
    Unavailable(CallError),
    /// It said no.
    Refused(OperationError),
    /// It answered another question.
    Confused,
}

impl HostError {
    /// Whether it is certain that nothing was done.
    pub(crate) const fn is_certain(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Unavailable(CallError::Unreachable(_)))
    }

    /// A word for the audit trail.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => work::job_code(refusal.code),
            Self::Unavailable(_) => "host_unavailable",
            Self::Confused => "internal",
        }
    }
}

impl Host {
    /// The daemon that listens at `socket`.
    pub(crate) fn at(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), packages: Arc::default(), description: Arc::default(), withheld: Arc::default() }
    }

    /// Keeps the operation of a job until it is carried out, in memory and nowhere else. To be called before the job can be taken.
    pub(crate) fn withhold(&self, job: JobId, operation: Operation) {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner).insert(job, operation);
    }

    /// The operation that was kept for a job.
    pub(crate) fn withheld(&self, job: JobId) -> Option<Operation> {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner).get(&job).cloned()
    }

    /// Forgets it.
    pub(crate) fn forget(&self, job: JobId) {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
    }

    /// One call under a request id. `idle` bounds the silence between two messages.
    async fn call(
        &self,
        id: RequestId,
        actor: &Actor,
        operation: Operation,
        idle: Duration,
        on_event: impl FnMut(Event),
    ) -> Result<Result<Answer, OperationError>, CallError> {
        let request = Request { version: PROTOCOL_VERSION, id, actor: actor.clone(), operation, within: None };
        self.send(&request, idle, on_event).await
    }

    async fn send(
        &self,
        request: &Request,
        idle: Duration,
        on_event: impl FnMut(Event),
    ) -> Result<Result<Answer, OperationError>, CallError> {
        Ok(call(&self.socket, request, idle, on_event).await?.result)
    }
}

impl From<HostError> for ApiError {
    fn from(error: HostError) -> Self {
        let unavailable =
            || Self::new(ProblemCode::HostUnavailable, "The host daemon does not answer; try again in a moment.").retry_after(2);
        match error {
            HostError::Unavailable(CallError::Unreachable(cause)) => {
                tracing::warn!(%cause, "the host daemon cannot be reached");
                unavailable()
            }
            HostError::Unavailable(CallError::Lost(cause)) => {
                tracing::warn!(cause, "the host daemon was lost");
                unavailable()
            }
            HostError::Unavailable(cause @ CallError::Codec(_)) => Self::internal(cause),
            HostError::Confused => Self::internal("the host daemon answered another question"),
            HostError::Refused(refusal) => refused(refusal),
        }
    }
}

/// The host daemon's words, as the API says them.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// No wildcard: a new code needs a decision here.
fn refused(refusal: OperationError) -> ApiError {
    let field = refusal.field.clone().unwrap_or_else(|| "request".to_owned());
    match refusal.code {
        ErrorCode::Invalid => ApiError::invalid(field, refusal.message),
        ErrorCode::NotFound => ApiError::not_found(),
        ErrorCode::Conflict => ApiError::taken(&field),
        ErrorCode::LimitReached => ApiError::new(ProblemCode::LimitReached, refusal.message),
        ErrorCode::DatabaseServerMissing => ApiError::new(ProblemCode::DatabaseServerMissing, sentence(&refusal.message)),
        ErrorCode::DiskFull => ApiError::new(ProblemCode::DiskFull, sentence(&refusal.message)),
        ErrorCode::DiskError => ApiError::new(ProblemCode::DiskError, sentence(&refusal.message)),
        ErrorCode::Busy => ApiError::new(ProblemCode::HostUnavailable, "The host daemon is busy; try again in a moment.").retry_after(2),
        ErrorCode::Malformed
        | ErrorCode::Version
        | ErrorCode::ConfigRefused
        | ErrorCode::HostFailed
        | ErrorCode::CopyFailed
        | ErrorCode::UndoFailed => ApiError::internal(refusal),
    }
}
