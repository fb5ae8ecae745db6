//! Changes of what an account has already: each is one operation of the host daemon, queued as a job of the account.

use super::checks;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::Payload;
use crate::http::idempotency::Key;
use crate::http::{ApiError, ApiResult};
use crate::views;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_api::sites::SiteAccepted;
use nusantara_jobs::enqueue;
use nusantara_proto::host::Operation;
use nusantara_store::{AccountRecord, AccountStatus, NewJob, SiteRecord, SiteStatus, Tx};
use nusantara_types::{JobId, RequestId, SiteId, Timestamp, Username};
use serde_json::Value;

/// What else may be under way for the account when a change is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nothing: the caller sends the whole of what they have read, and what another job is changing would be lost.
    Nothing,
    /// As many jobs as an account may have.
    Others,
}

/// A change to be queued.
pub(crate) struct Change<'a> {
    /// The kind of job, which is the action in the audit trail too.
    pub(crate) kind: &'static str,
    /// Kind of thing that is changed, and its name.
    pub(crate) target: (&'static str, &'a str),
    /// What the host daemon is asked to do.
    pub(crate) operation: Operation,
    /// The site's row, when it is about one.
    pub(crate) site: Option<SiteId>,
    /// What the audit trail says about it. No secrets.
    pub(crate) facts: Value,
}

/// The account, if the caller may see it and it can be changed now.
pub(crate) async fn account(tx: &Tx, caller: &Caller, username: &Username, beside: Beside) -> ApiResult<AccountRecord> {
    let account = any_account(tx, caller, username, beside).await?;
    serves(&account)?;
    Ok(account)
}

/// The account, whatever state it is in, if the caller may see it and nothing is in the way.
pub(crate) async fn any_account(tx: &Tx, caller: &Caller, username: &Username, beside: Beside) -> ApiResult<AccountRecord> {
    let account = tx.account_get(caller.scope(), username).await?.ok_or_else(ApiError::not_found)?;
    let most = match beside {
        Beside::Nothing => 1,
        Beside::Others => checks::JOBS_PER_ACCOUNT,
    };
    if tx.job_unfinished(username).await? >= most {
        return Err(ApiError::busy());
    }
    Ok(account)
}

/// What an account has is changed only while it serves: whoever looks at a suspended one sees what was suspended.
pub(crate) fn serves(account: &AccountRecord) -> ApiResult<()> {
    match account.status {
        AccountStatus::Active => Ok(()),
        AccountStatus::Suspended => Err(ApiError::suspended()),
        AccountStatus::Provisioning | AccountStatus::Deleting | AccountStatus::Renaming | AccountStatus::Failed => Err(ApiError::busy()),
    }
}

/// Queues a change that takes a whole and puts it in the place of what an account has: nothing else may be under way for it.
pub(crate) async fn replace(app: &App, caller: &Caller, username: &Username, change: Change<'_>) -> ApiResult<JobRef> {
    let tx = app.store.begin().await?;
    account(&tx, caller, username, Beside::Nothing).await?;
    commit(app, tx, caller, username, change).await
}

/// The same about a site, which must not be in the making or on its way out. `change` makes the kind of job, the operation and the
/// facts out of its row.
pub(crate) async fn replace_site(
    app: &App,
    caller: &Caller,
    id: SiteId,
    change: impl FnOnce(&SiteRecord) -> (&'static str, Operation, Value),
) -> ApiResult<SiteAccepted> {
    let tx = app.store.begin().await?;
    let site = tx.site_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    account(&tx, caller, &site.account, Beside::Nothing).await?;
    if matches!(site.status, SiteStatus::Provisioning | SiteStatus::Deleting) {
        return Err(ApiError::busy());
    }
    let (kind, operation, facts) = change(&site);
    let change = Change { kind, target: ("site", site.domain.as_str()), operation, site: Some(site.id), facts };
    let job = commit(app, tx, caller, &site.account, change).await?;
    Ok(SiteAccepted { site: views::sites::site(&site, caller), job })
}

/// Queues a change of one thing of an account, beside whatever else is under way for it. With `key`, the answer is kept for whoever
/// asks again.
pub(crate) async fn add(app: &App, caller: &Caller, username: &Username, key: Option<&Key>, change: Change<'_>) -> ApiResult<JobAccepted> {
    let now = app.now();
    let tx = app.store.begin().await?;
    account(&tx, caller, username, Beside::Others).await?;
    let job = JobId::generate();
    let accepted = JobAccepted { job: JobRef { id: job.0 } };
    if let Some(key) = key {
        key.remember(&tx, &accepted, now).await?;
    }
    // What of it is secret stays in memory until it is carried out, by this process.
    let secret = change.operation.without_secrets() != change.operation;
    if secret {
        app.host.withhold(job, change.operation.clone());
    }
    let queued = async {
        queue(&tx, caller, username, job, change, now).await?;
        if secret {
            tx.job_reserve(job, app.engine.owner()).await?;
        }
        Ok(tx.commit().await?)
    };
    queued.await.inspect_err(|_: &ApiError| app.host.forget(job))?;
    app.engine.nudge();
    Ok(accepted)
}

async fn commit(app: &App, tx: Tx, caller: &Caller, username: &Username, change: Change<'_>) -> ApiResult<JobRef> {
    let job = JobId::generate();
    queue(&tx, caller, username, job, change, app.now()).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok(JobRef { id: job.0 })
}

/// Writes the job under `id` and its audit begin row.
pub(crate) async fn queue(tx: &Tx, caller: &Caller, account: &Username, id: JobId, change: Change<'_>, now: Timestamp) -> ApiResult<()> {
    let (target_type, target) = change.target;
    let job = NewJob {
        background: false,
        id,
        kind: change.kind,
        target_type,
        target,
        account: Some(account),
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: Payload { site: change.site, ..Payload::of(change.operation) }.value(),
    };
    Ok(enqueue(tx, &job, change.facts, now).await?)
}
