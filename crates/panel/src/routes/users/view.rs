//! Has the view of another login for a while, and ends it. The session gets another token each time; what is done meanwhile is
//! written down under both names, and nothing about who may what can be done.

use super::{not_own, within_reach};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::{self, LoginName};
use crate::auth::{sessions, tokens};
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use nusantara_api::ProblemCode;
use nusantara_types::Actor;
use serde_json::{Value, json};

/// How long a view lasts.
const LASTS: TimeDelta = TimeDelta::minutes(30);

/// Gives this session the view of another login for 30 minutes.
#[utoipa::path(
    post,
    path = "/users/{username}/view",
    operation_id = "user_view",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    responses((status = 204, description = "The session has the view; ask who you are"), Problems)
)]
pub(crate) async fn begin(State(app): State<App>, caller: Caller, Segment(name): Segment<LoginName>) -> ApiResult<Response> {
    let Some(session) = caller.session() else {
        return Err(ApiError::new(ProblemCode::Forbidden, "Only a session has a view; log in with a browser."));
    };
    let now = app.now();
    let tx = app.store.begin().await?;
    let user = within_reach(&tx, &caller, &name.0).await?;
    not_own(&caller, &user)?;
    if user.disabled_at.is_some() {
        return Err(ApiError::new(ProblemCode::Forbidden, "The login is switched off."));
    }
    if format!("{}@{}", caller.actor, user.username).parse::<Actor>().is_err() {
        return Err(ApiError::invalid("username", "the two names are too long to be written down together"));
    }
    let (token, until) = (tokens::generate(), now + LASTS);
    tx.session_view(session.id, Some((user.id, until)), &tokens::stored(&token)).await?;
    logins::note(&tx, &caller.actor, "user.view", &user.username, json!({ "until": until }), now).await?;
    tx.commit().await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, sessions::set_cookie(&token))]).into_response())
}

/// Ends the view of another login that this session has.
#[utoipa::path(
    delete,
    path = "/auth/view",
    operation_id = "auth_view_end",
    tag = "auth",
    responses((status = 204, description = "The session is its owner's again"), Problems)
)]
pub(crate) async fn end(State(app): State<App>, caller: Caller) -> ApiResult<Response> {
    let Some(session) = caller.session().filter(|session| session.viewer.is_some()) else { return Err(ApiError::not_found()) };
    let now = app.now();
    let token = tokens::generate();
    let tx = app.store.begin().await?;
    tx.session_view(session.id, None, &tokens::stored(&token)).await?;
    logins::note(&tx, &caller.actor, "user.view_end", caller.login(), Value::Null, now).await?;
    tx.commit().await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, sessions::set_cookie(&token))]).into_response())
}
