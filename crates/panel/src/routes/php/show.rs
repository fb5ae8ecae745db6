//! What the PHP sites of an account start from.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::php::AccountPhp;
use nusantara_types::Username;

/// What the PHP sites of an account start from.
#[utoipa::path(
    get,
    path = "/accounts/{username}/php",
    operation_id = "php_show",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "Its PHP", body = AccountPhp), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<AccountPhp>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let php = app.host.account(&caller.actor, account.username).await?.spec.services.php;
    let host = app.host.description().await?;
    let installed = host.php.iter().map(ToString::to_string).collect();
    Ok(Json(AccountPhp { version: php.version.to_string(), ini: php.ini, installed }))
}
