//! Lets an account's primary site answer under a further name.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::ALIAS_CREATE;
use crate::http::ApiResult;
use crate::http::extract::{Json, Segment};
use crate::http::idempotency::Key;
use crate::http::problem::Problems;
use crate::routes::changes::{self, Beside, Change};
use crate::routes::checks;
use crate::routes::sites::proof::{Wanted, consent};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use nusantara_api::aliases::CreateAlias;
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_proto::host::{Operation, SiteAdd};
use nusantara_types::{DomainKind, JobId, SiteSettings, Username};
use serde_json::json;

/// Lets an account's primary site answer under a further name.
#[utoipa::path(
    post,
    path = "/accounts/{username}/aliases",
    operation_id = "alias_create",
    tag = "sites",
    params(
        ("username" = String, Path, description = "The account"),
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters; the same key within a day answers with the first result"),
    ),
    request_body = CreateAlias,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Segment(username): Segment<Username>,
    Json(request): Json<CreateAlias>,
) -> ApiResult<Response> {
    let key = Key::of(&headers, &caller, &format!("POST /accounts/{username}/aliases"), &request)?;
    if let Some(first) = Key::replay(key.as_ref(), &app).await? {
        return Ok(first);
    }
    let accepted = accept(&app, &caller, &username, request, key.as_ref()).await;
    Key::settle(key.as_ref(), &app, accepted).await
}

/// Writes the job and the audit row, or neither.
async fn accept(app: &App, caller: &Caller, username: &Username, request: CreateAlias, key: Option<&Key>) -> ApiResult<JobAccepted> {
    let wanted = Wanted { domain: &request.domain, allowed: request.allow_below_foreign, proof: request.dns_proof };
    let below_foreign = consent(app, caller, username, wanted).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let account = changes::account(&tx, caller, username, Beside::Others).await?;
    if below_foreign {
        checks::domain_is_unused(&tx, "domain", &request.domain).await?;
    } else {
        checks::domain_is_free(&tx, "domain", &request.domain, Some(username)).await?;
    }
    let accepted = JobAccepted { job: JobRef { id: JobId::generate().0 } };
    if let Some(key) = key {
        key.remember(&tx, &accepted, now).await?;
    }
    let operation = Operation::SiteAdd(SiteAdd {
        username: account.username.clone(),
        domain: request.domain.clone(),
        kind: Some(DomainKind::Alias),
        docroot: None,
        settings: SiteSettings::default(),
        below_foreign,
    });
    let facts = json!({ "account": username, "below_foreign": below_foreign, "dns_proof": request.dns_proof });
    let change = Change { kind: ALIAS_CREATE, target: ("alias", request.domain.as_str()), operation, site: None, facts };
    changes::queue(&tx, caller, username, JobId(accepted.job.id), change, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok(accepted)
}
