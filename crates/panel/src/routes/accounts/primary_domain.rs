//! Gives the primary site of an account another name, or another of its sites that place.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::ACCOUNT_PRIMARY_DOMAIN;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Beside, Change};
use crate::routes::checks;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::accounts::{KeepOldAs, SetPrimaryDomain};
use nusantara_api::jobs::{JobAccepted, JobRef};
use nusantara_proto::host::{KeepOld, Operation, PrimaryDomain};
use nusantara_store::{AccountStatus, SiteStatus};
use nusantara_types::{JobId, Username};
use serde_json::json;

/// Gives the primary site of an account another name, or another of its sites that place.
///
/// The site stays the same site, in the same folder, unless the name is that of another site of the account: then the two change
/// places.
#[utoipa::path(
    put,
    path = "/accounts/{username}/primary-domain",
    operation_id = "account_primary_domain",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = SetPrimaryDomain,
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<SetPrimaryDomain>,
) -> ApiResult<(StatusCode, axum::Json<JobAccepted>)> {
    checks::below_foreign(&caller, request.allow_below_foreign)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let account = changes::any_account(&tx, &caller, &username, Beside::Nothing).await?;
    if !matches!(account.status, AccountStatus::Active | AccountStatus::Suspended) {
        return Err(ApiError::busy());
    }
    if account.primary_domain == request.domain {
        return Err(ApiError::invalid("domain", "it is the account's primary domain already"));
    }
    // An alias has no row; only the host daemon knows whose it is.
    match tx.site_by_domain(&request.domain).await? {
        Some(site) if site.account != username => return Err(ApiError::taken("domain")),
        Some(site) if matches!(site.status, SiteStatus::Provisioning | SiteStatus::Deleting) => return Err(ApiError::busy()),
        Some(_) | None => {}
    }
    let site = tx.site_by_domain(&account.primary_domain).await?.map(|site| site.id);
    let facts = json!({
        "from": account.primary_domain, "to": request.domain, "keep_old_as": request.keep_old_as,
        "allow_below_foreign": request.allow_below_foreign,
    });
    let operation = Operation::PrimaryDomain(PrimaryDomain {
        username: username.clone(),
        domain: request.domain,
        keep_old: request.keep_old_as.map(kept),
        below_foreign: request.allow_below_foreign,
    });
    let job = JobId::generate();
    let change = Change { kind: ACCOUNT_PRIMARY_DOMAIN, target: ("account", username.as_str()), operation, site, facts };
    changes::queue(&tx, &caller, &username, job, change, now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok((StatusCode::ACCEPTED, axum::Json(JobAccepted { job: JobRef { id: job.0 } })))
}

/// The host's word for the caller's.
pub(super) const fn kept(keep: KeepOldAs) -> KeepOld {
    match keep {
        KeepOldAs::Addon => KeepOld::Addon,
        KeepOldAs::Alias => KeepOld::Alias,
        KeepOldAs::None => KeepOld::None,
    }
}
