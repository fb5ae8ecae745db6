//! Accounts as documents, and trees that were written by hand.

pub(crate) mod adopt;
pub(crate) mod export;
pub(crate) mod import;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::Payload;
use crate::http::{ApiError, ApiResult};
use crate::routes::checks;
use crate::views;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::accounts::AccountAccepted;
use nusantara_api::jobs::JobRef;
use nusantara_jobs::enqueue;
use nusantara_proto::host::{AccountSummary, Operation};
use nusantara_store::{AccountRecord, AccountStatus, NewJob, Scope, Tx};
use nusantara_types::{JobId, RequestId, Timestamp};
use serde_json::Value;

/// The largest body of a request with a document in it, bytes. What the host daemon is sent has room for it.
pub(crate) const DOCUMENT_LIMIT: usize = 160 * 1024;

/// Queues what brings an account to a spec that comes whole. One that is new gets its row first, so that its name is taken from now
/// on; its sites get theirs when it is there.
async fn queue(
    app: &App,
    caller: &Caller,
    kind: &'static str,
    summary: &AccountSummary,
    operation: Operation,
    facts: Value,
) -> ApiResult<(StatusCode, axum::Json<AccountAccepted>)> {
    let now = app.now();
    let username = &summary.username;
    let id = JobId::generate();
    let tx = app.store.begin().await?;
    let account = match tx.account_get(Scope::All, username).await? {
        Some(known) => settled(&tx, known).await?,
        None => insert(&tx, caller, summary, id, now).await?,
    };
    let job = NewJob {
        background: false,
        id,
        kind,
        target_type: "account",
        target: username.as_str(),
        account: Some(username),
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: Payload::of(operation.clone()).value(),
    };
    // A document has hashes and environments: they stay in memory until the job is carried out.
    app.host.withhold(id, operation);
    let queued = async {
        enqueue(&tx, &job, facts, now).await?;
        tx.job_reserve(id, app.engine.owner()).await?;
        tx.commit().await
    };
    if let Err(error) = queued.await {
        app.host.forget(id);
        return Err(error.into());
    }
    app.engine.nudge();
    let count = u32::try_from(summary.domains.len()).unwrap_or(u32::MAX);
    let accepted = AccountAccepted { account: views::accounts::account(&account, count, caller), job: JobRef { id: id.0 } };
    Ok((StatusCode::ACCEPTED, axum::Json(accepted)))
}

/// An account that nothing else is under way for: it is brought to a whole, and what another job changes would be lost.
async fn settled(tx: &Tx, account: AccountRecord) -> ApiResult<AccountRecord> {
    let at_work = matches!(account.status, AccountStatus::Provisioning | AccountStatus::Deleting | AccountStatus::Renaming);
    if at_work || tx.job_unfinished(&account.username).await? > 0 { Err(ApiError::busy()) } else { Ok(account) }
}

async fn insert(tx: &Tx, caller: &Caller, summary: &AccountSummary, job: JobId, now: Timestamp) -> ApiResult<AccountRecord> {
    let Some(primary) = summary.domains.first().map(|d| d.domain.clone()) else { return Err(ApiError::not_found()) };
    for domain in &summary.domains {
        checks::domain_is_unused(tx, "domain", &domain.domain).await?;
    }
    let account = AccountRecord {
        username: summary.username.clone(),
        uid: None,
        primary_domain: primary,
        package: summary.package.clone(),
        status: AccountStatus::Provisioning,
        contact_email: summary.contact_email.clone(),
        revision: None,
        job: Some(job),
        created_by: caller.actor.clone(),
        created_at: now,
        updated_at: now,
        generation: 1,
    };
    tx.account_insert(&account).await?;
    Ok(account)
}

/// Whether an account is known, where a document or a tree is brought to what is there.
async fn known(app: &App, username: &nusantara_types::Username) -> ApiResult<()> {
    let there = app.store.account_get(Scope::All, username).await?.is_some();
    let missing = || ApiError::new(ProblemCode::ValidationFailed, "There is no such account to bring to the document.");
    if there { Ok(()) } else { Err(missing().field("username", "there is no account of this name")) }
}
