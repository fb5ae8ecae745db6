//! Converging one account, adopting, overwriting: one operation whose answer is the account as it now is, and then a look at what is
//! still not as it should be of it.

use super::{answer, run};
use crate::drift::findings;
use crate::host::Host;
use crate::index::apply;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::{Answer, DriftReport};
use nusantara_store::{JobFailure, JobRecord, StoreError, Tx};
use nusantara_types::{Timestamp, Username};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A kind of putting right.
pub(crate) struct DriftFlow {
    pub(crate) kind: &'static str,
    pub(crate) host: Host,
}

/// What the job ends with.
#[derive(Debug, Serialize, Deserialize)]
struct Ended {
    answer: Value,
    /// None when it could not be looked at again.
    report: Option<DriftReport>,
}

impl Flow for DriftFlow {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        self.carry_out(work).boxed()
    }

    fn conclude<'a>(
        &'a self,
        tx: &'a Tx,
        _: &'a JobRecord,
        outcome: Result<&'a Value, &'a JobFailure>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Value, StoreError>> {
        conclude(tx, outcome, now).boxed()
    }
}

impl DriftFlow {
    async fn carry_out(&self, work: &Work) -> Outcome {
        let done = run(&self.host, work, None).await;
        let Outcome::Done { result } = done else { return done };
        let account: Option<Username> = work.job.account.clone();
        let report = match account {
            Some(username) => self.host.drift(&work.job.created_by, username).await.ok(),
            None => None,
        };
        Outcome::Done { result: serde_json::to_value(Ended { answer: result, report }).unwrap_or_default() }
    }
}

async fn conclude(tx: &Tx, outcome: Result<&Value, &JobFailure>, now: Timestamp) -> Result<Value, StoreError> {
    let Ok(result) = outcome else { return Ok(Value::Null) };
    let ended: Ended =
        serde_json::from_value(result.clone()).map_err(|e| StoreError::Corrupt { what: "job result", why: e.to_string() })?;
    let Answer::Applied(summary) = answer(&ended.answer)? else { return Ok(Value::Null) };
    apply(tx, &summary, None, now).await?;
    if let Some(report) = &ended.report {
        tx.drift_replace(&summary.username, &findings(&report.items, report.problem.as_deref(), now)).await?;
    }
    Ok(json!({ "revision": summary.revision }))
}
