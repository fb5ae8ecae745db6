//! Gives somebody another part in an account.

use super::{one, part, people};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::{self, LoginName};
use crate::http::ApiResult;
use crate::http::extract::{Json, Segments};
use crate::http::problem::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::people::UpdateMember;
use nusantara_types::Username;
use serde_json::json;

/// Gives somebody another part in an account.
#[utoipa::path(
    put,
    path = "/accounts/{username}/members/{name}",
    operation_id = "member_update",
    tag = "people",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The login"),
    ),
    request_body = UpdateMember,
    responses((status = 204, description = "It is so"), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segments(account, name): Segments<Username, LoginName>,
    Json(request): Json<UpdateMember>,
) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let member = one(people(&tx, &caller, &account).await?, &caller, &name.0)?;
    let part = part(&caller, request.owner, &request.permissions)?;
    tx.member_put(&account, member.user, &part, &caller.actor, now).await?;
    let facts = json!({ "login": name.0, "owner": request.owner, "permissions": request.permissions });
    logins::note_about(&tx, &caller.actor, "member.update", ("account", account.as_str()), facts, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
