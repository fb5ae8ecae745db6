//! Giving the primary site of an account another name, or another of its sites that place.

use super::{ACCOUNT_PRIMARY_DOMAIN, Payload, answer, run};
use crate::host::Host;
use crate::index::apply;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::Answer;
use nusantara_store::{JobFailure, JobRecord, Scope, StoreError, Tx};
use nusantara_types::{DomainKind, Timestamp};
use serde_json::{Value, json};

/// Changing the primary domain.
pub(crate) struct PrimaryDomainFlow(pub(crate) Host);

impl Flow for PrimaryDomainFlow {
    fn kind(&self) -> &'static str {
        ACCOUNT_PRIMARY_DOMAIN
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
    // What could be taken back has been, and the rows say what was so before.
    let Ok(result) = outcome else { return Ok(Value::Null) };
    let Answer::Applied(summary) = answer(result)? else { return Ok(Value::Null) };
    let primary = summary.domains.iter().find(|domain| domain.kind == DomainKind::Primary).map(|domain| &domain.domain);
    // Under a new name it is still the same site; one that was there already keeps its row.
    if let (Some(primary), Some(id)) = (primary, Payload::read(job)?.site)
        && tx.site_by_domain(primary).await?.is_none()
        && tx.site_get(Scope::All, id).await?.is_some()
    {
        tx.site_rename(id, primary).await?;
    }
    apply(tx, &summary, None, now).await?;
    Ok(json!({ "primary_domain": primary, "revision": summary.revision }))
}
