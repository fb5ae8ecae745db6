//! Invites somebody: a login without a password, and the link by which its owner chooses one.

use super::{givable, view};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::{links, logins};
use crate::http::ApiResult;
use crate::http::extract::Json;
use crate::http::problem::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::people::{CreateUser, InvitedUser};
use nusantara_store::UserRecord;
use nusantara_types::UserId;
use serde_json::json;

/// Invites somebody: a login without a password, and the link by which its owner chooses one.
#[utoipa::path(
    post,
    path = "/users",
    operation_id = "user_create",
    tag = "people",
    request_body = CreateUser,
    responses((status = 201, description = "The login, and the link, which is shown this once", body = InvitedUser), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(request): Json<CreateUser>,
) -> ApiResult<(StatusCode, axum::Json<InvitedUser>)> {
    let username = logins::new_name(&request.username)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    givable(&tx, &caller, &request.role).await?;
    let facts = json!({ "role": request.role });
    let mut user = UserRecord::new(UserId::generate(), username, String::new(), request.role, now);
    user.email = request.email;
    tx.user_insert(&user).await?;
    let link = links::make(&tx, &user, &caller.actor, now).await?;
    logins::note(&tx, &caller.actor, "user.create", &user.username, facts, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(InvitedUser { user: view(&app, &caller, &user).await?, link })))
}
