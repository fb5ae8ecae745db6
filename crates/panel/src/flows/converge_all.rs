//! Bringing a host to what all files say: first what accounts share, then every account that is not as its files say, some at a
//! time, so that they share the web server's tests and reloads; each by itself, so that one which cannot be keeps no other from it.

use super::package_apply::{away, failure};
use super::{HOST_CONVERGE, step_request};
use crate::host::{Host, HostError};
use crate::index::{apply, reconcile};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::{Answer, ErrorCode, Operation, Surveyed};
use nusantara_store::{JobFailure, JobRecord, StepState, Store, StoreError, Tx};
use nusantara_types::{Clock, Timestamp, Username};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Pause before a host daemon that went away is asked again.
const PAUSE: Duration = Duration::from_secs(2);
/// Accounts of one question.
const PAGE: u32 = 500;
/// Accounts that are put right beside each other.
const BESIDE: usize = 32;
/// How often a busy account is asked for again.
const TRIES: u32 = 5;

/// Converging all.
pub(crate) struct ConvergeAllFlow {
    pub(crate) host: Host,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Flow for ConvergeAllFlow {
    fn kind(&self) -> &'static str {
        HOST_CONVERGE
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

/// Why something was not put right.
enum Left {
    /// It cannot be.
    Refused(String),
    /// Nobody could be asked.
    Away(JobFailure),
    /// The job is to stop.
    Stopped,
}

impl From<HostError> for Left {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Refused(refusal) => {
                Self::Refused(refusal.detail.map_or(refusal.message.clone(), |detail| format!("{}: {detail}", refusal.message)))
            }
            error => Self::Away(away(&error)),
        }
    }
}

impl ConvergeAllFlow {
    async fn carry_out(&self, work: &Work) -> Outcome {
        let (looked, due) = match self.due(work).await {
            Ok(due) => due,
            Err(failure) => return Outcome::Again { after: PAUSE, failure },
        };
        let first = ("host.converge".to_owned(), "Put right what all accounts share".to_owned());
        let step = |account: &Surveyed| {
            let count = account.changes.len();
            let plural = if count == 1 { "" } else { "s" };
            ("account.converge".to_owned(), format!("Converge {}: {count} change{plural}", account.username))
        };
        work.steps.plan(std::iter::once(first).chain(due.iter().map(step)));
        let mut left = Vec::new();
        if work.steps.enter(0).await.is_err() {
            return Outcome::Cancelled;
        }
        match self.shared(work).await {
            Ok(()) => work.steps.set(0, StepState::Success, None),
            Err(Left::Refused(reason)) => {
                work.steps.set(0, StepState::Failed, Some(reason.clone()));
                left.push(format!("what all accounts share: {reason}"));
            }
            Err(Left::Away(failure)) => return Outcome::Again { after: PAUSE, failure },
            Err(Left::Stopped) => return Outcome::Cancelled,
        }
        let mut all = Vec::with_capacity(due.len());
        for (at, account) in due.iter().enumerate() {
            all.push(self.step(work, at + 1, account).boxed());
        }
        let mut ends = stream::iter(all).buffer_unordered(BESIDE);
        let (mut gone, mut stopped) = (None, false);
        while let Some(end) = ends.next().await {
            match end {
                Ok(()) => {}
                Err(Left::Refused(reason)) => left.push(reason),
                Err(Left::Away(failure)) => gone = Some(failure),
                Err(Left::Stopped) => stopped = true,
            }
        }
        if stopped {
            return Outcome::Cancelled;
        }
        // Taken up again later, it finds those already done as they should be.
        if let Some(failure) = gone {
            return Outcome::Again { after: PAUSE, failure };
        }
        self.complete_index().await;
        if left.is_empty() {
            return Outcome::Done { result: json!({ "accounts": looked, "changed": due.len() }) };
        }
        left.sort_unstable();
        let message = format!("{} of {looked} accounts are not as their files say; the others are.", left.len());
        Outcome::Failed { failure: failure("partly_failed", message, Some(left.join("\n"))), undone: false }
    }

    /// How many accounts there are, and those that are not as their files say.
    async fn due(&self, work: &Work) -> Result<(u32, Vec<Surveyed>), JobFailure> {
        let (mut looked, mut due, mut after) = (0, Vec::new(), None);
        loop {
            let survey = self.host.survey(&work.job.created_by, after, PAGE).await.map_err(|error| away(&error))?;
            looked += survey.looked;
            // Names and counts are enough here: the host plans anew when it converges.
            due.extend(survey.accounts);
            match survey.next {
                Some(next) => after = Some(next),
                None => return Ok((looked, due)),
            }
        }
    }

    async fn shared(&self, work: &Work) -> Result<(), Left> {
        if self.host.host_drift(&work.job.created_by).await?.is_empty() {
            return Ok(());
        }
        self.host.change_part(&work.job.created_by, work.job.request, step_request(work, "", 0), Operation::HostConverge {}).await?;
        Ok(())
    }

    async fn step(&self, work: &Work, at: usize, account: &Surveyed) -> Result<(), Left> {
        work.steps.enter(at).await.map_err(|_| Left::Stopped)?;
        let done = self.one(work, &account.username).await;
        match &done {
            Ok(()) => work.steps.set(at, StepState::Success, None),
            Err(Left::Refused(reason)) => work.steps.set(at, StepState::Failed, Some(reason.clone())),
            Err(Left::Away(_) | Left::Stopped) => {}
        }
        done.map_err(|left| match left {
            Left::Refused(reason) => Left::Refused(format!("{}: {reason}", account.username)),
            other => other,
        })
    }

    async fn one(&self, work: &Work, username: &Username) -> Result<(), Left> {
        let operation = || Operation::AccountConverge { username: username.clone() };
        let mut tries = 0;
        let answer = loop {
            tries += 1;
            match self
                .host
                .change_part(&work.job.created_by, work.job.request, step_request(work, username.as_str(), tries), operation())
                .await
            {
                Err(HostError::Refused(refusal)) if refusal.code == ErrorCode::Busy && tries < TRIES => tokio::time::sleep(PAUSE).await,
                // Removed since it was looked at.
                Err(HostError::Refused(refusal)) if refusal.code == ErrorCode::NotFound => return Ok(()),
                other => break other?,
            }
        };
        let Answer::Applied(summary) = answer else { return Err(Left::Refused("the host daemon answered another question".to_owned())) };
        let written = async {
            let tx = self.store.begin().await?;
            apply(&tx, &summary, None, self.clock.now()).await?;
            tx.drift_replace(username, &[]).await?;
            tx.commit().await
        };
        // The index is compared with the host every few minutes: what could not be written now is mended then.
        if let Err(error) = written.await {
            tracing::warn!(account = %username, %error, "an account that was converged could not be written into the index");
        }
        Ok(())
    }

    /// On a host that was rebuilt the index knows accounts only now.
    async fn complete_index(&self) {
        if let Err(error) = reconcile(&self.store, &self.host, &*self.clock).await {
            tracing::warn!(%error, "the index could not be compared with the host");
        }
    }
}
