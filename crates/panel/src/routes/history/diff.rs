//! What is different between two revisions of an account.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Three;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::history::RevisionDiff;
use nusantara_types::{RevisionName, Username};

/// What is different between two revisions of an account, field by field. Secrets are not in it.
#[utoipa::path(
    get,
    path = "/accounts/{username}/revisions/{from}/diff/{to}",
    operation_id = "revision_diff",
    tag = "history",
    params(
        ("username" = String, Path, description = "The account"),
        ("from" = String, Path, description = "A number of its history, the beginning of a hash, or `current`: its files as they are"),
        ("to" = String, Path, description = "Likewise"),
    ),
    responses((status = 200, description = "The differences", body = RevisionDiff), Problems)
)]
pub(crate) async fn diff(
    State(app): State<App>,
    caller: Caller,
    Three(username, from, to): Three<Username, RevisionName, RevisionName>,
) -> ApiResult<Json<RevisionDiff>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let diff = app.host.revision_diff(&caller.actor, account.username, from, to).await?;
    Ok(Json(views::history::diff(diff, &caller)))
}
