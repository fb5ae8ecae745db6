//! Making an account.

use super::{ACCOUNT_CREATE, answer, needs_a_look, run};
use crate::host::Host;
use crate::index::apply;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::Answer;
use nusantara_store::{AccountRecord, AccountStatus, JobFailure, JobRecord, Scope, StoreError, Tx};
use nusantara_types::Timestamp;
use serde_json::{Value, json};

/// Making an account.
pub(crate) struct AccountCreateFlow(pub(crate) Host);

impl Flow for AccountCreateFlow {
    fn kind(&self) -> &'static str {
        ACCOUNT_CREATE
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        run(&self.0, work, None).boxed()
    }

    fn conclude<'a>(
        &'a self,
        tx: &'a Tx,
        job: &'a JobRecord,
        outcome: Result<&'a Value, &'a JobFailure>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Value, StoreError>> {
        conclude(tx, job, outcome, now).boxed()
    }
}

async fn conclude(tx: &Tx, job: &JobRecord, outcome: Result<&Value, &JobFailure>, now: Timestamp) -> Result<Value, StoreError> {
    let Some(username) = &job.account else { return Ok(Value::Null) };
    match outcome {
        Ok(result) => {
            let Answer::Applied(summary) = answer(result)? else { return Ok(Value::Null) };
            let primary = summary.domains.first().map(|d| d.domain.clone());
            // Every site of a fresh account came with this job.
            apply(tx, &summary, primary.as_ref(), now).await?;
            Ok(json!({ "uid": summary.uid, "revision": summary.revision }))
        }
        Err(failure) => {
            let Some(row) = tx.account_get(Scope::All, username).await? else { return Ok(Value::Null) };
            if needs_a_look(failure) {
                let row = AccountRecord { status: AccountStatus::Failed, updated_at: now, ..row };
                tx.account_update(&row).await?;
            } else {
                // Nothing of it is left on the host: the names are free again, and the job tells the story.
                tx.account_delete(username).await?;
            }
            Ok(Value::Null)
        }
    }
}
