//! Publishes a further domain of an account.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::SITE_CREATE;
use crate::http::extract::Json;
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use crate::routes::checks;
use crate::routes::sites::proof::{Wanted, consent};
use crate::views;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::jobs::JobRef;
use nusantara_api::sites::{CreateSite, NewSiteKind, SiteAccepted};
use nusantara_proto::host::{Operation, SiteAdd};
use nusantara_store::{SiteRecord, SiteStatus, Tx};
use nusantara_types::{DocRoot, DomainKind, JobId, SiteId, SiteSettings, Timestamp};
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
    let settings = settings(app, &request).await?;
    let wanted = Wanted { domain: &request.domain, allowed: request.allow_below_foreign, proof: request.dns_proof };
    // In a body an unknown account is a wrong value, not a missing page.
    let known = app.store.account_get(caller.scope(), &request.account).await?;
    known.ok_or_else(|| ApiError::invalid("account", "there is no such account"))?;
    let below_foreign = consent(app, caller, &request.account, wanted).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let job = JobId::generate();
    let site = insert(&tx, caller, &request, &settings, job, below_foreign, now).await?;
    let accepted = SiteAccepted { site: views::sites::site(&site, caller), job: JobRef { id: job.0 } };
    if let Some(key) = key {
        key.remember(&tx, &accepted, now).await?;
    }
    enqueue_create(&tx, caller, request, settings, &site, below_foreign, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok(accepted)
}

/// What the site is to be, from both places where a PHP branch may stand.
async fn settings(app: &App, request: &CreateSite) -> ApiResult<SiteSettings> {
    checks::php_version(app, "php_version", request.php_version.as_ref()).await?;
    let mut settings = checks::settings(app, request.settings.clone().unwrap_or_default()).await?;
    if request.php_version.is_some() && settings.php_version.is_some() {
        return Err(ApiError::invalid("php_version", "say it in settings alone"));
    }
    settings.php_version = settings.php_version.or_else(|| request.php_version.clone());
    Ok(settings)
}

/// What the site is of the account: what was asked for, or what its name says.
async fn kind(tx: &Tx, request: &CreateSite) -> ApiResult<DomainKind> {
    let below = tx.site_list_of(&request.account).await?.iter().any(|site| request.domain.is_below(&site.domain));
    match request.kind {
        Some(NewSiteKind::Subdomain) if !below => Err(ApiError::invalid("kind", "the name lies below no domain of the account")),
        Some(NewSiteKind::Subdomain) => Ok(DomainKind::Subdomain),
        None if below => Ok(DomainKind::Subdomain),
        Some(NewSiteKind::Addon) | None => Ok(DomainKind::Addon),
    }
}

/// Writes the index row in its transient state.
async fn insert(
    tx: &Tx,
    caller: &Caller,
    request: &CreateSite,
    settings: &SiteSettings,
    job: JobId,
    below_foreign: bool,
    now: Timestamp,
) -> ApiResult<SiteRecord> {
    // Whose account it is comes before anything else, so that a stranger learns nothing about it. In a body an unknown account
    // is a wrong value, not a missing page.
    let account = tx.account_get(caller.scope(), &request.account).await?;
    let account = account.ok_or_else(|| ApiError::invalid("account", "there is no such account"))?;
    if below_foreign {
        checks::domain_is_unused(tx, "domain", &request.domain).await?;
    } else {
        checks::domain_is_free(tx, "domain", &request.domain, Some(&account.username)).await?;
    }
    changes::serves(&account)?;
    if tx.job_unfinished(&account.username).await? >= checks::JOBS_PER_ACCOUNT {
        return Err(ApiError::busy());
    }
    let docroot = request.docroot.clone().unwrap_or_else(|| DocRoot::default_for(&request.domain));
    let site = SiteRecord {
        id: SiteId::generate(),
        account: account.username.clone(),
        domain: request.domain.clone(),
        kind: kind(tx, request).await?,
        root_path: format!("/home/{}/{docroot}", account.username),
        runtime: settings.runtime(),
        php_version: settings.php_version.clone(),
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

async fn enqueue_create(
    tx: &Tx,
    caller: &Caller,
    request: CreateSite,
    settings: SiteSettings,
    site: &SiteRecord,
    below_foreign: bool,
    now: Timestamp,
) -> ApiResult<()> {
    let facts = json!({ "account": site.account, "runtime": site.runtime, "below_foreign": below_foreign, "dns_proof": request.dns_proof });
    let operation = Operation::SiteAdd(SiteAdd {
        username: request.account,
        domain: request.domain,
        kind: request.kind.is_some().then_some(site.kind),
        docroot: request.docroot,
        settings,
        below_foreign,
    });
    let change = Change { kind: SITE_CREATE, target: ("site", site.domain.as_str()), operation, site: Some(site.id), facts };
    let job = site.job.ok_or_else(|| ApiError::internal("a new site without its job"))?;
    changes::queue(tx, caller, &site.account, job, change, now).await
}
