//! Takes a further name of an account's primary site off the air.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::ALIAS_DELETE;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes::{self, Change};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::jobs::JobAccepted;
use nusantara_proto::host::Operation;
use nusantara_types::{DomainName, Username};
use serde_json::json;

/// Takes a further name of an account's primary site off the air.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/aliases/{domain}",
    operation_id = "alias_delete",
    tag = "sites",
    params(
        ("username" = String, Path, description = "The account"),
        ("domain" = String, Path, description = "The further name"),
    ),
    responses((status = 202, description = "Accepted; the job does the work", body = JobAccepted), Problems)
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(username, domain): Segments<Username, DomainName>,
) -> ApiResult<(StatusCode, Json<JobAccepted>)> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    // Only an alias is taken down here: the same operation would take a site down too, whose route asks for another permission.
    let state = app.host.account(&caller.actor, account.username).await?;
    if !state.spec.domains.alias_domains.contains(&domain) {
        return Err(ApiError::not_found());
    }
    let operation = Operation::SiteRemove { username: username.clone(), domain: domain.clone() };
    let facts = json!({ "account": username });
    let change = Change { kind: ALIAS_DELETE, target: ("alias", domain.as_str()), operation, site: None, facts };
    Ok((StatusCode::ACCEPTED, Json(changes::add(&app, &caller, &username, None, change).await?)))
}
