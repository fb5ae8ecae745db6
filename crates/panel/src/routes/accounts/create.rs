//! Makes an account with its first site.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::{ACCOUNT_CREATE, Payload};
use crate::http::ApiResult;
use crate::http::extract::Json;
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::routes::checks;
use crate::views;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::accounts::{AccountAccepted, CreateAccount};
use nusantara_api::jobs::JobRef;
use nusantara_jobs::enqueue;
use nusantara_proto::host::{AccountCreate, Operation};
use nusantara_store::{AccountRecord, AccountStatus, NewJob, SiteRecord, SiteStatus, Tx};
use nusantara_types::{DocRoot, DomainKind, JobId, RequestId, Runtime, SiteId, Timestamp};
use serde_json::json;

/// Makes an account with its first site.
#[utoipa::path(
    post,
    path = "/accounts",
    operation_id = "account_create",
    tag = "accounts",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    request_body = CreateAccount,
    responses((status = 202, description = "Accepted; the job does the work", body = AccountAccepted), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(request): Json<CreateAccount>,
) -> ApiResult<Response> {
    let key = Key::of(&headers, &caller, "POST /accounts", &request)?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, request, key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the account in its transient state, the job and the audit row, all or none of them.
async fn accept(app: &App, caller: &Caller, request: CreateAccount, key: Option<&Key>) -> ApiResult<AccountAccepted> {
    checks::package(app, &request.package).await?;
    checks::php_version(app, "php_version", request.php_version.as_ref()).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    checks::domain_is_free(&tx, "primary_domain", &request.primary_domain, None).await?;
    let (account, job) = insert(&tx, caller, &request, now).await?;
    let accepted = AccountAccepted { account: views::accounts::account(&account, 1, caller), job: JobRef { id: job.0 } };
    if let Some(key) = key {
        key.remember(&tx, &accepted, now).await?;
    }
    enqueue_create(&tx, caller, request, job, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok(accepted)
}

/// Writes the index rows in their transient state. Whoever comes second with a name is told so here.
async fn insert(tx: &Tx, caller: &Caller, request: &CreateAccount, now: Timestamp) -> ApiResult<(AccountRecord, JobId)> {
    let job = JobId::generate();
    let account = AccountRecord {
        username: request.username.clone(),
        uid: None,
        primary_domain: request.primary_domain.clone(),
        package: request.package.clone(),
        status: AccountStatus::Provisioning,
        contact_email: request.contact_email.clone(),
        revision: None,
        job: Some(job),
        created_by: caller.actor.clone(),
        created_at: now,
        updated_at: now,
        generation: 1,
    };
    tx.account_insert(&account).await?;
    let docroot = DocRoot::default_for(&request.primary_domain);
    tx.site_insert(&SiteRecord {
        id: SiteId::generate(),
        account: request.username.clone(),
        domain: request.primary_domain.clone(),
        kind: DomainKind::Primary,
        root_path: format!("/home/{}/{docroot}", request.username),
        runtime: Runtime::Php,
        php_version: request.php_version.clone(),
        status: SiteStatus::Provisioning,
        job: Some(job),
        created_by: caller.actor.clone(),
        created_at: now,
        updated_at: now,
        generation: 1,
    })
    .await?;
    Ok((account, job))
}

async fn enqueue_create(tx: &Tx, caller: &Caller, request: CreateAccount, id: JobId, now: Timestamp) -> ApiResult<()> {
    let facts = json!({ "primary_domain": request.primary_domain, "package": request.package });
    let username = request.username.clone();
    let operation = Operation::AccountCreate(AccountCreate {
        username: request.username,
        primary_domain: request.primary_domain,
        package: request.package,
        contact_email: request.contact_email,
        php_version: request.php_version,
    });
    let job = NewJob {
        background: false,
        id,
        kind: ACCOUNT_CREATE,
        target_type: "account",
        target: username.as_str(),
        account: Some(&username),
        created_by: &caller.actor,
        request: RequestId::generate(),
        payload: Payload::of(operation).value(),
    };
    Ok(enqueue(tx, &job, facts, now).await?)
}
