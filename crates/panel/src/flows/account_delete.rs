//! Removing an account.

use super::{ACCOUNT_DELETE, Payload, answer, run};
use crate::host::Host;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::Answer;
use nusantara_store::{AccountRecord, AccountStatus, JobFailure, JobRecord, Scope, StoreError, Tx};
use nusantara_types::Timestamp;
use serde_json::{Value, json};

/// Removing an account.
pub(crate) struct AccountDeleteFlow(pub(crate) Host);

impl Flow for AccountDeleteFlow {
    fn kind(&self) -> &'static str {
        ACCOUNT_DELETE
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        run(&self.0, work, Some(Answer::Deleted { leftovers: vec![] })).boxed()
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
            tx.account_delete(username).await?;
            let Answer::Deleted { leftovers } = answer(result)? else { return Ok(Value::Null) };
            Ok(json!({ "leftovers": leftovers }))
        }
        Err(failure) => {
            let Some(row) = tx.account_get(Scope::All, username).await? else { return Ok(Value::Null) };
            // A deletion is carried on at the next try, so a failed one has usually removed something; only when the host was
            // never reached, or no last copy could be made, is the account as it was.
            let untouched = matches!(failure.code.as_str(), "host_unavailable" | "busy" | "copy_failed");
            let status = match Payload::read(job)?.suspended {
                _ if !untouched || row.uid.is_none() => AccountStatus::Failed,
                true => AccountStatus::Suspended,
                false => AccountStatus::Active,
            };
            tx.account_update(&AccountRecord { status, updated_at: now, ..row }).await?;
            Ok(Value::Null)
        }
    }
}
