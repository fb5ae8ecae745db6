//! Certificates of sites.

pub(crate) mod issue;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod revoke;
pub(crate) mod show;
pub(crate) mod upload;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::CertificatePayload;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside};
use crate::views;
use nusantara_api::certificates::SiteCertificate;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_jobs::enqueue;
use nusantara_proto::host::SiteTls;
use nusantara_store::{JobFilter, JobRecord, NewJob, Scope};
use nusantara_types::{DomainName, JobId, RequestId, Username};
use serde_json::json;

/// As many jobs of an account are looked through for its last orders.
const JOBS: u64 = 200;

/// The sites of an account that the caller may see, and its last jobs.
async fn sites(app: &App, caller: &Caller, username: &Username) -> ApiResult<(Vec<SiteTls>, Vec<JobRecord>)> {
    let account = app.store.account_get(caller.scope(), username).await?.ok_or_else(ApiError::not_found)?;
    let sites = app.host.certificates(&caller.actor, &account.username).await?;
    let filter = JobFilter { account: Some(account.username), ..JobFilter::default() };
    Ok((sites, app.store.job_list(Scope::All, &filter, JOBS).await?))
}

async fn site(app: &App, caller: &Caller, username: &Username, domain: &DomainName) -> ApiResult<(SiteTls, Vec<JobRecord>)> {
    let (sites, jobs) = sites(app, caller, username).await?;
    let site = sites.into_iter().find(|site| &site.domain == domain).ok_or_else(ApiError::not_found)?;
    Ok((site, jobs))
}

async fn view(app: &App, caller: &Caller, username: &Username, domain: &DomainName) -> ApiResult<SiteCertificate> {
    let (site, jobs) = site(app, caller, username, domain).await?;
    Ok(views::certificates::site(username, site, &jobs, app.acme.directory(), app.now()))
}

/// Queues an order, or a revocation.
async fn queue(app: &App, caller: &Caller, kind: &'static str, payload: CertificatePayload) -> ApiResult<JobAccepted> {
    let now = app.now();
    let tx = app.store.begin().await?;
    changes::any_account(&tx, caller, &payload.username, Beside::Others).await?;
    let id = JobId::generate();
    let job = NewJob {
        background: false,
        id,
        kind,
        target_type: "site",
        target: payload.domain.as_str(),
        account: Some(&payload.username),
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: payload.value(),
    };
    enqueue(&tx, &job, json!({ "account": payload.username }), now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok(JobAccepted { job: JobRef { id: id.0 } })
}
