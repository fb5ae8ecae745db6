//! What a kind of job has to say for itself.

use crate::steps::Steps;
use futures_util::future::BoxFuture;
use nusantara_store::{JobFailure, JobRecord, StoreError, Tx};
use nusantara_types::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// What came of one attempt.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Done.
    Done {
        /// What is now so, for the index; its flow knows the shape.
        result: Value,
    },
    /// Definitely not done.
    Failed {
        /// Why.
        failure: JobFailure,
        /// Whether what had been done was taken back.
        undone: bool,
    },
    /// Not done; the same request may succeed later.
    Again {
        /// Not before.
        after: Duration,
        /// What is said when it was the last attempt.
        failure: JobFailure,
    },
    /// Stopped between two steps, because somebody asked for it; what was done stays.
    Cancelled,
}

/// One attempt at a job.
#[derive(Debug)]
pub struct Work {
    /// The job.
    pub job: JobRecord,
    /// Where its steps are reported.
    pub steps: Steps,
}

impl Work {
    /// Whether an earlier attempt may have asked for the work already.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.job.attempts > 1
    }
}

/// A kind of job.
pub trait Flow: Send + Sync + 'static {
    /// Its stable name, such as `account.create`.
    fn kind(&self) -> &'static str;

    /// Carries the job out. It may be dropped at any await, and called again with the same request id later, in this process
    /// or another.
    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome>;

    /// Whether it asks, before each step, whether it is to stop ([`Steps::enter`](crate::Steps::enter)).
    fn stops_between_steps(&self) -> bool {
        false
    }

    /// Writes what came of it into the index, in the transaction that ends the job. Only called for a definite outcome.
    /// The answer becomes the metadata of the audit outcome row.
    ///
    /// # Errors
    /// What the store says; the transaction is then tried again as a whole.
    fn conclude<'a>(
        &'a self,
        tx: &'a Tx,
        job: &'a JobRecord,
        outcome: Result<&'a Value, &'a JobFailure>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Value, StoreError>>;
}
