//! Publishes a further domain of an account.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::{Payload, SITE_CREATE};
use crate::http::extract::Json;
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::checks;
use crate::views;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::jobs::JobRef;
use nusantara_api::sites::{CreateSite, SiteAccepted};
use nusantara_jobs::enqueue;
use nusantara_proto::host::{Operation, SiteAdd};
use nusantara_store::{AccountStatus, NewJob, SiteRecord, SiteStatus, Tx};
use nusantara_types::{DocRoot, DomainKind, JobId, RequestId, Runtime, SiteId, SiteSettings, Timestamp};
use serde_json::json;

/// Publishes a further domain of an account.
#[utoipa::path(
    post,
    path = "/sites",
    operation_id = "site_create",
    tag = "sites",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    request_body = CreateSite,
    responses((status = 202, description = "Accepted; the job does the work", body = SiteAccepted), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(request): Json<CreateSite>,
) -> ApiResult<Response> {
    let key = Key::of(&headers, &caller, "POST /sites", &request)?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, request, key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the site in its transient state, the job and the audit row, all or none of them.
async fn accept(app: &App, caller: &Caller, request: CreateSite, key: Option<&Key>) -> ApiResult<SiteAccepted> {
    checks::php_version(app, request.php_version.as_ref()).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let job = JobId::generate();
    let site = insert(&tx, caller, &request, job, now).await?;
    let accepted = SiteAccepted { site: views::sites::site(&site, caller), job: JobRef { id: job.0 } };
    if let Some(key) = key {
        key.remember(&tx, &accepted, now).await?;
    }
    enqueue_create(&tx, caller, request, (job, site.id), now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok(accepted)
}

/// Writes the index row in its transient state.
async fn insert(tx: &Tx, caller: &Caller, request: &CreateSite, job: JobId, now: Timestamp) -> ApiResult<SiteRecord> {
    // Whose account it is comes before anything else, so that a stranger learns nothing about it. In a body an unknown account
    // is a wrong value, not a missing page.
    let account = tx.account_get(caller.scope(), &request.account).await?;
    let account = account.ok_or_else(|| ApiError::invalid("account", "there is no such account"))?;
    checks::domain_is_free(tx, "domain", &request.domain, Some(&account.username)).await?;
    if account.status != AccountStatus::Active || tx.job_unfinished(&account.username).await? >= checks::JOBS_PER_ACCOUNT {
        return Err(ApiError::busy());
    }
    let below = tx.site_list_of(&account.username).await?.iter().any(|site| request.domain.is_below(&site.domain));
    let docroot = DocRoot::default_for(&request.domain);
    let site = SiteRecord {
        id: SiteId::generate(),
        account: account.username.clone(),
        domain: request.domain.clone(),
        kind: if below { DomainKind::Subdomain } else { DomainKind::Addon },
        root_path: format!("/home/{}/{docroot}", account.username),
        runtime: Runtime::Php,
        php_version: request.php_version.clone(),
        status: SiteStatus::Provisioning,
        job: Some(job),
        created_by: caller.actor.clone(),
        created_at: now,
        updated_at: now,
        generation: 1,
    };
    tx.site_insert(&site).await?;
    Ok(site)
}

async fn enqueue_create(tx: &Tx, caller: &Caller, request: CreateSite, (id, site): (JobId, SiteId), now: Timestamp) -> ApiResult<()> {
    let (username, domain) = (request.account.clone(), request.domain.clone());
    let facts = json!({ "account": username });
    let settings = SiteSettings { php_version: request.php_version, ..SiteSettings::default() };
    let add = SiteAdd { username: request.account, domain: request.domain, kind: None, docroot: None, settings, below_foreign: false };
    let operation = Operation::SiteAdd(add);
    let job = NewJob {
        id,
        kind: SITE_CREATE,
        target_type: "site",
        target: domain.as_str(),
        account: Some(&username),
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: Payload { operation, site: Some(site) }.value(),
    };
    Ok(enqueue(tx, &job, facts, now).await?)
}
