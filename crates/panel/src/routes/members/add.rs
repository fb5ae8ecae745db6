//! Lets somebody into an account.

use super::{MOST, part, people};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::{links, logins};
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::people::{AddMember, AddedMember};
use nusantara_store::UserRecord;
use nusantara_types::{RoleName, UserId, Username};
use serde_json::json;

/// Lets somebody into an account. A login that is not there yet is made with the role `user`, and its owner chooses a password by
/// the link in the answer.
#[utoipa::path(
    post,
    path = "/accounts/{username}/members",
    operation_id = "member_add",
    tag = "people",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = AddMember,
    responses((status = 201, description = "They have a part in it", body = AddedMember), Problems)
)]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    Segment(account): Segment<Username>,
    Json(request): Json<AddMember>,
) -> ApiResult<(StatusCode, axum::Json<AddedMember>)> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let people = people(&tx, &caller, &account).await?;
    let username = logins::new_name(&request.username)?;
    let part = part(&caller, request.owner, &request.permissions)?;
    if people.iter().any(|member| member.username == username) {
        return Err(ApiError::taken("username"));
    }
    if people.len() >= MOST {
        return Err(ApiError::new(ProblemCode::LimitReached, "An account has at most 20 people."));
    }
    let (user, link) = match tx.user_by_name(&username).await? {
        Some(user) => (user.id, None),
        None => {
            let user = UserRecord::new(UserId::generate(), username.clone(), String::new(), RoleName::user(), now);
            tx.user_insert(&user).await?;
            (user.id, Some(links::make(&tx, &user, &caller.actor, now).await?))
        }
    };
    tx.member_put(&account, user, &part, &caller.actor, now).await?;
    let facts = json!({ "login": username, "owner": request.owner, "permissions": request.permissions, "new": link.is_some() });
    logins::note_about(&tx, &caller.actor, "member.add", ("account", account.as_str()), facts, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(AddedMember { username, link })))
}
