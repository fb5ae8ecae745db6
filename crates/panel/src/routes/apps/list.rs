//! The apps of an account and how they are.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::apps::AppList;
use nusantara_types::Username;

/// The apps of an account and how they are, in order of name.
#[utoipa::path(
    get,
    path = "/accounts/{username}/apps",
    operation_id = "app_list",
    tag = "apps",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "All its apps", body = AppList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<AppList>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let may_change = caller.may_in(&username, Permission::AppUpdate);
    let apps = app.host.account(&caller.actor, account.username).await?.spec.services.nodejs.apps;
    // Without apps there is nothing to ask systemd about.
    let states = if apps.is_empty() { Vec::new() } else { app.host.app_states(&caller.actor, username).await? };
    Ok(Json(views::apps::list(apps, states, may_change)))
}
