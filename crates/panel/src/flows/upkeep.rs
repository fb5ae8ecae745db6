//! What the panel does to keep itself and what it knows in order, as jobs: each is one step that can be done again without harm.

use super::package_apply::failure;
use super::{AUDIT_SEAL, AUDIT_VERIFY, DRIFT_LOOK, INDEX_COMPARE, Parts};
use crate::drift::{Eyes, look};
use crate::index::reconcile;
use crate::routes::audit_check;
use crate::{audit_seal, daemon};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_store::{JobFailure, JobRecord, StepState, StoreError, Tx};
use nusantara_types::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// Pause before something is tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// A kind of upkeep.
pub(crate) struct UpkeepFlow {
    pub(crate) kind: &'static str,
    pub(crate) parts: Parts,
}

impl Flow for UpkeepFlow {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        self.carry_out(work).boxed()
    }

    fn conclude<'a>(
        &'a self,
        _: &'a Tx,
        _: &'a JobRecord,
        outcome: Result<&'a Value, &'a JobFailure>,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Value, StoreError>> {
        let facts = outcome.cloned().unwrap_or_default();
        async { Ok(facts) }.boxed()
    }

    fn stops_between_steps(&self) -> bool {
        true
    }
}

impl UpkeepFlow {
    async fn carry_out(&self, work: &Work) -> Outcome {
        work.steps.plan([(self.kind.to_owned(), self.summary().to_owned())]);
        if work.steps.enter(0).await.is_err() {
            return Outcome::Cancelled;
        }
        match self.one().await {
            Ok(result) => {
                work.steps.set(0, StepState::Success, None);
                Outcome::Done { result }
            }
            Err(failed) => {
                work.steps.set(0, StepState::Failed, failed.failure.detail.clone());
                let Failed { failure, again } = failed;
                if again { Outcome::Again { after: PAUSE, failure } } else { Outcome::Failed { failure, undone: false } }
            }
        }
    }

    fn summary(&self) -> &'static str {
        match self.kind {
            DRIFT_LOOK => "Look at all accounts for what is not as it should be",
            INDEX_COMPARE => "Compare the panel's list of accounts with the host's",
            AUDIT_SEAL => "Have the end of the audit trail sealed",
            AUDIT_VERIFY => "Walk the whole audit trail",
            _ => "Remove what is over",
        }
    }

    async fn one(&self) -> Result<Value, Failed> {
        let Parts { host, store, clock, copy, .. } = &self.parts;
        let now = clock.now();
        match self.kind {
            DRIFT_LOOK => {
                let last = look(&Eyes { host, store, now }).await.map_err(|e| again(format!("{e:?}")))?;
                Ok(json!({ "looked": last.looked }))
            }
            INDEX_COMPARE => {
                let mended = reconcile(store, host, &**clock).await.map_err(|e| again(e.to_string()))?;
                Ok(json!({ "mended": mended }))
            }
            AUDIT_SEAL => {
                let sealed = audit_seal::seal(store, host, copy).await.map_err(|e| again(e.to_string()))?;
                Ok(json!({ "sealed": sealed }))
            }
            AUDIT_VERIFY => match audit_check(store, host).await.map_err(|e| again(e.to_string()))? {
                (_, Ok(trail)) => Ok(json!({ "rows": trail.rows })),
                (_, Err(broken)) => {
                    let detail = format!("row {}: {}", broken.row, broken.why);
                    Err(Failed { failure: failure("audit_broken", "The audit trail does not hold.", Some(detail)), again: false })
                }
            },
            _ => {
                daemon::remove_what_is_over(store, now).await.map_err(|e| again(e.to_string()))?;
                Ok(Value::Null)
            }
        }
    }
}

/// Why it was not done.
struct Failed {
    failure: JobFailure,
    again: bool,
}

fn again(detail: String) -> Failed {
    Failed { failure: failure("not_done", "It could not be done now.", Some(detail)), again: true }
}
