//! One's own tokens for programs.

use crate::app::App;
use crate::auth::caller::Myself;
use crate::auth::{api_tokens, logins, tokens};
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::roles;
use crate::views;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use nusantara_api::ProblemCode;
use nusantara_api::auth::{ApiTokenList, CreateApiToken, NewApiToken};
use nusantara_store::ApiTokenRecord;
use nusantara_types::{ApiTokenId, refuse_control};
use serde_json::json;

/// Tokens that one login may have.
const MOST: u64 = 50;
/// Networks that one token may name.
const NETWORKS: usize = 32;
/// The longest life of a token that has an end, days.
const LONGEST: u16 = 366;

/// One's tokens, without their secrets.
#[utoipa::path(
    get,
    path = "/auth/tokens",
    operation_id = "token_list",
    tag = "auth",
    responses((status = 200, description = "The tokens", body = ApiTokenList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, me: Myself) -> ApiResult<axum::Json<ApiTokenList>> {
    let items = app.store.api_token_list(me.user).await?.into_iter().map(views::people::token).collect();
    Ok(axum::Json(ApiTokenList { items }))
}

/// Makes a token. It may do what it names, as far as its owner may.
#[utoipa::path(
    post,
    path = "/auth/tokens",
    operation_id = "token_create",
    tag = "auth",
    request_body = CreateApiToken,
    responses((status = 201, description = "The token, which is shown this once", body = NewApiToken), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    me: Myself,
    Json(request): Json<CreateApiToken>,
) -> ApiResult<(StatusCode, axum::Json<NewApiToken>)> {
    let name = request.name.trim();
    if !(1..=64).contains(&name.chars().count()) || refuse_control("name", name).is_err() {
        return Err(ApiError::invalid("name", "use 1 to 64 characters, without control characters"));
    }
    let rights = roles::known(&request.permissions)?;
    if request.permissions.is_empty() || !rights.within(me.caller.power.rights) {
        return Err(ApiError::invalid("permissions", "name at least one, and none that you may not yourself"));
    }
    if request.networks.len() > NETWORKS {
        return Err(ApiError::invalid("networks", "name at most 32"));
    }
    if request.expires_in_days.is_some_and(|days| !(1..=LONGEST).contains(&days)) {
        return Err(ApiError::invalid("expires_in_days", "use 1 to 366"));
    }
    let now = app.now();
    let record = ApiTokenRecord {
        id: ApiTokenId::generate(),
        user: me.user,
        name: name.to_owned(),
        permissions: rights.names(),
        networks: request.networks,
        created_at: now,
        expires_at: request.expires_in_days.map(|days| now + TimeDelta::days(i64::from(days))),
        last_used_at: None,
        last_used_address: None,
    };
    let token = api_tokens::generate();
    let tx = app.store.begin().await?;
    if tx.api_token_count(me.user).await? >= MOST {
        return Err(ApiError::new(ProblemCode::LimitReached, "There are 50 tokens already; remove one first."));
    }
    tx.api_token_insert(&record, &tokens::stored(&token)).await?;
    let facts = json!({ "token": record.id, "permissions": record.permissions, "networks": record.networks });
    logins::note(&tx, &me.caller.actor, "token.create", me.caller.login(), facts, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(NewApiToken { token, kept: views::people::token(record) })))
}

/// Removes a token: it stops working at once.
#[utoipa::path(
    delete,
    path = "/auth/tokens/{id}",
    operation_id = "token_delete",
    tag = "auth",
    params(
        ("id" = Uuid, Path, description = "The token"),
    ),
    responses((status = 204, description = "It is gone"), Problems)
)]
pub(crate) async fn delete(State(app): State<App>, me: Myself, Segment(id): Segment<ApiTokenId>) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    if !tx.api_token_delete(me.user, id).await? {
        return Err(ApiError::not_found());
    }
    logins::note(&tx, &me.caller.actor, "token.delete", me.caller.login(), json!({ "token": id }), now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
