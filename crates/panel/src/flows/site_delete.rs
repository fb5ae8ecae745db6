//! Taking a site off the air.

use super::{Payload, SITE_DELETE, answer, needs_a_look, run};
use crate::host::Host;
use crate::index::apply;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::Answer;
use nusantara_store::{JobFailure, JobRecord, Scope, SiteRecord, SiteStatus, StoreError, Tx};
use nusantara_types::Timestamp;
use serde_json::{Value, json};

/// Taking a site off the air.
pub(crate) struct SiteDeleteFlow(pub(crate) Host);

impl Flow for SiteDeleteFlow {
    fn kind(&self) -> &'static str {
        SITE_DELETE
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
    let Some(id) = Payload::read(job)?.site else { return Ok(Value::Null) };
    let row = tx.site_get(Scope::All, id).await?;
    match (outcome, row) {
        (Ok(result), _) => {
            tx.site_delete(id).await?;
            let Answer::Applied(summary) = answer(result)? else { return Ok(Value::Null) };
            apply(tx, &summary, None, now).await?;
            Ok(json!({ "revision": summary.revision }))
        }
        (Err(failure), Some(row)) => {
            let status = if needs_a_look(failure) { SiteStatus::Failed } else { SiteStatus::Active };
            tx.site_update(&SiteRecord { status, updated_at: now, ..row }).await?;
            Ok(Value::Null)
        }
        (Err(_), None) => Ok(Value::Null),
    }
}
