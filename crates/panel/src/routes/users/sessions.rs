//! Ends every session of a login.

use super::within_reach;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::{self, LoginName};
use crate::http::ApiResult;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::json;

/// Ends every session of a login. What follows something live is cut within seconds.
#[utoipa::path(
    delete,
    path = "/users/{username}/sessions",
    operation_id = "user_sessions_end",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    responses((status = 204, description = "Nobody is logged in with it any more"), Problems)
)]
pub(crate) async fn end(State(app): State<App>, caller: Caller, Segment(name): Segment<LoginName>) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let user = within_reach(&tx, &caller, &name.0).await?;
    let ended = tx.session_delete_all(user.id, caller.session().map(|session| session.id)).await?;
    logins::note(&tx, &caller.actor, "user.sessions_end", &user.username, json!({ "sessions": ended }), now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
