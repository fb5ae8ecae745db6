//! Making an account: from a package, from a document, from a tree that was written by hand. The latter two may be about one that
//! exists, which is then brought to it.

use super::{answer, needs_a_look, run};
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
pub(crate) struct AccountCreateFlow {
    pub(crate) kind: &'static str,
    pub(crate) host: Host,
}

impl Flow for AccountCreateFlow {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        run(&self.host, work, None).boxed()
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
            if row.status != AccountStatus::Provisioning {
                // It was there before, and is as it was.
                return Ok(Value::Null);
            }
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
