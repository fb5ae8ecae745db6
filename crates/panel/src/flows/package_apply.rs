//! Giving all accounts that have a package its limits: one after the other, so that a host has room for other work, and each by
//! itself, so that one which cannot be changed keeps no other from it.

use super::{PACKAGE_APPLY, step_request};
use crate::host::{Host, HostError};
use crate::index::apply;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::{AccountUpdate, Answer, Edit, LimitsEdit, Operation, PackageEffect};
use nusantara_store::{JobFailure, JobRecord, StepState, Store, StoreError, Tx};
use nusantara_types::{Clock, PackageName, Timestamp, Username};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Pause before a host daemon that went away is asked again.
const PAUSE: Duration = Duration::from_secs(2);

/// What the job remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackageApplyPayload {
    /// Which.
    pub(crate) package: PackageName,
}

impl PackageApplyPayload {
    /// As it is stored.
    pub(crate) fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Applying a package.
pub(crate) struct PackageApplyFlow {
    pub(crate) host: Host,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Flow for PackageApplyFlow {
    fn kind(&self) -> &'static str {
        PACKAGE_APPLY
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

pub(super) fn failure(code: &str, message: impl Into<String>, detail: Option<String>) -> JobFailure {
    JobFailure { code: code.to_owned(), message: message.into(), detail }
}

impl PackageApplyFlow {
    async fn carry_out(&self, work: &Work) -> Outcome {
        let package = match serde_json::from_value::<PackageApplyPayload>(work.job.payload.clone()) {
            Ok(payload) => payload.package,
            Err(e) => {
                return Outcome::Failed { failure: failure("internal", "The job cannot be read.", Some(e.to_string())), undone: false };
            }
        };
        let due = match self.due(work, &package).await {
            Ok(due) => due,
            Err(outcome) => return outcome,
        };
        let summary = |name: &Username| format!("Give {name} the limits of {package}");
        work.steps.plan(due.iter().map(|name| ("account.update".to_owned(), summary(name))));
        let mut left = Vec::new();
        for (index, username) in due.iter().enumerate() {
            if work.steps.enter(index).await.is_err() {
                return Outcome::Cancelled;
            }
            match self.one(work, username, &package).await {
                Ok(()) => work.steps.set(index, StepState::Success, None),
                Err(Left::Refused(reason)) => {
                    work.steps.set(index, StepState::Failed, Some(reason.clone()));
                    left.push(format!("{username}: {reason}"));
                }
                // Taken up again later, it finds those already done as they should be.
                Err(Left::Away(failure)) => return Outcome::Again { after: PAUSE, failure },
            }
        }
        if left.is_empty() {
            return Outcome::Done { result: json!({ "accounts": due.len() }) };
        }
        let message = format!("{} of {} accounts keep the limits they have; the others have those of {package}.", left.len(), due.len());
        Outcome::Failed { failure: failure("partly_failed", message, Some(left.join("\n"))), undone: false }
    }

    /// The accounts that do not have the package's limits.
    async fn due(&self, work: &Work, package: &PackageName) -> Result<Vec<Username>, Outcome> {
        let (mut due, mut after) = (Vec::new(), None);
        loop {
            let page = self.host.package_plan(&work.job.created_by, package.clone(), after, 200).await;
            let (page, more) = page.map_err(|error| match error {
                HostError::Refused(refusal) => {
                    Outcome::Failed { failure: failure("invalid", refusal.message, refusal.detail), undone: true }
                }
                error => Outcome::Again { after: PAUSE, failure: away(&error) },
            })?;
            after = page.last().map(|effect| effect.username.clone());
            due.extend(page.into_iter().filter(|e: &PackageEffect| !e.changes.is_empty() || !e.refused.is_empty()).map(|e| e.username));
            if !more {
                return Ok(due);
            }
        }
    }

    async fn one(&self, work: &Work, username: &Username, package: &PackageName) -> Result<(), Left> {
        let operation = Operation::AccountUpdate(AccountUpdate {
            username: username.clone(),
            contact_email: Edit::Keep,
            notes: None,
            shell: None,
            limits: Some(LimitsEdit::Package(package.clone())),
        });
        let summary = match self
            .host
            .change_part(&work.job.created_by, work.job.request, step_request(work, username.as_str(), 0), operation)
            .await
        {
            Ok(Answer::Applied(summary)) => summary,
            Ok(_) => return Err(Left::Refused("the host daemon answered another question".to_owned())),
            Err(HostError::Refused(refusal)) => return Err(Left::Refused(refusal.message)),
            Err(error) => return Err(Left::Away(away(&error))),
        };
        let written = async {
            let tx = self.store.begin().await?;
            apply(&tx, &summary, None, self.clock.now()).await?;
            tx.commit().await
        };
        // The index is compared with the host every few minutes: what could not be written now is mended then.
        if let Err(error) = written.await {
            tracing::warn!(account = %username, %error, "new limits could not be written into the index");
        }
        Ok(())
    }
}

/// Why an account was not changed.
enum Left {
    /// It cannot be.
    Refused(String),
    /// Nobody could be asked.
    Away(JobFailure),
}

pub(super) fn away(error: &HostError) -> JobFailure {
    failure("host_unavailable", "The host daemon does not answer.", Some(format!("{error:?}")))
}
