//! For root at the prompt of the panel's host: lets the owner of a login back in.

use crate::app::App;
use crate::auth::budget;
use crate::auth::caller::Caller;
use crate::auth::factor_drop;
use crate::auth::links;
use crate::auth::logins::{self, LoginName};
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::extract::State;
use nusantara_api::people::{Rescue, Rescued};
use nusantara_store::UserRecord;
use nusantara_types::RoleName;
use serde_json::json;

/// Lets the owner of a login back in.
#[utoipa::path(
    post,
    path = "/rescue/{username}",
    operation_id = "rescue",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    request_body = Rescue,
    responses((status = 200, description = "It is done", body = Rescued), Problems)
)]
pub(crate) async fn rescue(
    State(app): State<App>,
    caller: Caller,
    Segment(name): Segment<LoginName>,
    Json(request): Json<Rescue>,
) -> ApiResult<axum::Json<Rescued>> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let known = tx.user_by_name(&name.0).await?.ok_or_else(ApiError::not_found)?;
    let role = if request.admin { RoleName::admin() } else { known.role.clone() };
    let disabled_at = known.disabled_at.filter(|_| !request.password);
    let fresh = UserRecord { role, disabled_at, ..known };
    tx.user_update(&fresh, now).await?;
    let mut drops_at = None;
    if request.second_factor && request.at_once {
        factor_drop::drop_now(&tx, fresh.id).await?;
    } else if request.second_factor {
        drops_at = Some(factor_drop::announce(&tx, fresh.id, now).await?);
    }
    if request.unlock || request.password {
        tx.login_attempt_clear_all(&budget::of_login(&fresh.username)).await?;
        tx.login_attempt_clear_all("network ").await?;
    }
    let mut link = None;
    if request.password {
        tx.session_delete_all(fresh.id, None).await?;
        link = Some(links::make(&tx, &fresh, &caller.actor, now).await?);
    }
    logins::note(&tx, &caller.actor, "user.rescue", &fresh.username, json!(request), now).await?;
    tx.commit().await?;
    Ok(axum::Json(Rescued { username: fresh.username, link, second_factor_drops_at: drops_at }))
}
