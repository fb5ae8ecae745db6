//! Where somebody is logged in.

use crate::app::App;
use crate::auth::caller::Myself;
use crate::auth::{logins, sessions};
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::auth::SessionList;
use nusantara_types::SessionId;
use serde_json::json;

/// Where one is logged in.
#[utoipa::path(
    get,
    path = "/auth/sessions",
    operation_id = "session_list",
    tag = "auth",
    responses((status = 200, description = "The sessions", body = SessionList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, me: Myself) -> ApiResult<Json<SessionList>> {
    let now = app.now();
    let all = app.store.session_list(me.user).await?;
    let open = all.iter().filter(|session| !sessions::has_ended(session, now));
    Ok(Json(SessionList { items: open.map(|session| views::people::session(session, me.session.id)).collect() }))
}

/// Ends one of one's sessions.
#[utoipa::path(
    delete,
    path = "/auth/sessions/{id}",
    operation_id = "session_end",
    tag = "auth",
    params(
        ("id" = Uuid, Path, description = "The session"),
    ),
    responses((status = 204, description = "It has ended"), Problems)
)]
pub(crate) async fn end(State(app): State<App>, me: Myself, Segment(id): Segment<SessionId>) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    if !tx.session_delete_of(me.user, id).await? {
        return Err(ApiError::not_found());
    }
    logins::note(&tx, &me.caller.actor, "session.end", me.caller.login(), json!({ "session": id }), now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of one's sessions but the one that asks.
#[utoipa::path(
    delete,
    path = "/auth/sessions",
    operation_id = "session_end_others",
    tag = "auth",
    responses((status = 204, description = "They have ended"), Problems)
)]
pub(crate) async fn end_others(State(app): State<App>, me: Myself) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let ended = tx.session_delete_all(me.user, Some(me.session.id)).await?;
    logins::note(&tx, &me.caller.actor, "session.end_others", me.caller.login(), json!({ "sessions": ended }), now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
