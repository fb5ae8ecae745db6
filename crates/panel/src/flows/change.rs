//! Changing what an account has already: a site's settings, its aliases, its PHP, its apps, its FTP logins. Every kind is one operation whose
//! answer is the account as it now is, so they share one flow.

use super::{Payload, answer, needs_a_look, run};
use crate::host::Host;
use crate::index::apply;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::Answer;
use nusantara_store::{JobFailure, JobRecord, Scope, SiteRecord, SiteStatus, StoreError, Tx};
use nusantara_types::Timestamp;
use serde_json::{Value, json};

/// A kind of change.
pub(crate) struct ChangeFlow {
    pub(crate) kind: &'static str,
    pub(crate) host: Host,
    /// Whether the change takes something away, so that it is done when the host says that there is no such thing.
    pub(crate) removes: bool,
}

impl Flow for ChangeFlow {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        run(&self.host, work, self.removes.then(|| Answer::Deleted { leftovers: vec![] })).boxed()
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
    match outcome {
        Ok(result) => {
            let Answer::Applied(summary) = answer(result)? else { return Ok(Value::Null) };
            apply(tx, &summary, None, now).await?;
            Ok(json!({ "revision": summary.revision }))
        }
        Err(failure) => {
            // What could be taken back has been, and the row says what was so before. Only a site can be seen to need a look.
            if needs_a_look(failure)
                && let Some(id) = Payload::read(job)?.site
                && let Some(row) = tx.site_get(Scope::All, id).await?
            {
                tx.site_update(&SiteRecord { status: SiteStatus::Failed, job: Some(job.id), updated_at: now, ..row }).await?;
            }
            Ok(Value::Null)
        }
    }
}
