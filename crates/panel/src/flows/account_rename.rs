//! Giving an account another name.

use super::{ACCOUNT_RENAME, Payload, answer, needs_a_look, run};
use crate::host::Host;
use crate::index::apply;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::Answer;
use nusantara_store::{AccountRecord, AccountStatus, JobFailure, JobRecord, Scope, StoreError, Tx};
use nusantara_types::Timestamp;
use serde_json::{Value, json};

/// Giving an account another name.
pub(crate) struct AccountRenameFlow(pub(crate) Host);

impl Flow for AccountRenameFlow {
    fn kind(&self) -> &'static str {
        ACCOUNT_RENAME
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
            tx.account_rename(username, &summary.username, now).await?;
            apply(tx, &summary, None, now).await?;
            Ok(json!({ "new_username": summary.username, "revision": summary.revision }))
        }
        Err(failure) => {
            let Some(row) = tx.account_get(Scope::All, username).await? else { return Ok(Value::Null) };
            // It was taken back, so it is what it was before; or somebody has to look.
            let status = match Payload::read(job)?.suspended {
                _ if needs_a_look(failure) => AccountStatus::Failed,
                true => AccountStatus::Suspended,
                false => AccountStatus::Active,
            };
            let job = if status == AccountStatus::Failed { row.job } else { None };
            tx.account_update(&AccountRecord { status, job, ..row }).await?;
            Ok(Value::Null)
        }
    }
}
