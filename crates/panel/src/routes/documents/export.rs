//! The six files of an account as one document.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::at_once;
use axum::Json;
use axum::extract::State;
use nusantara_types::{SpecDocument, Username};

/// The six files of an account as one document, which an import takes.
///
/// It holds what is needed to make the account again: also hashes of FTP logins and visitors, and its apps' environments. It holds
/// neither the account's files nor the password of its Linux user.
#[utoipa::path(
    get,
    path = "/accounts/{username}/export",
    operation_id = "account_export",
    tag = "history",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "The document", body = Object), Problems)
)]
pub(crate) async fn export(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<SpecDocument>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    // Whoever takes secrets out is written down before they have them.
    at_once::seen(&app, &caller, "account.export", ("account", username.as_str())).await?;
    let state = app.host.account(&caller.actor, account.username).await?;
    Ok(Json(SpecDocument::from(state.spec)))
}
