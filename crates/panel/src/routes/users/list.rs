//! Logins, in order of name.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::factor_drop;
use crate::auth::roles;
use crate::http::extract::ApiQuery;
use crate::http::problem::Problems;
use crate::http::{ApiResult, pages};
use crate::views;
use crate::views::people::Factor;
use axum::Json;
use axum::extract::State;
use nusantara_api::people::User;
use nusantara_api::{Page, PageQuery};
use nusantara_types::UserId;
use std::collections::HashMap;

/// Logins, in order of name.
#[utoipa::path(
    get,
    path = "/users",
    operation_id = "user_list",
    tag = "people",
    params(
        PageQuery
    ),
    responses((status = 200, description = "One page", body = Page<User>), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, ApiQuery(query): ApiQuery<PageQuery>) -> ApiResult<Json<Page<User>>> {
    let limit = pages::limit(query.limit)?;
    let after: Option<String> = pages::key(query.cursor.as_deref())?;
    let rows = app.store.user_list(after.as_deref(), limit as u64 + 1).await?;
    let ids: Vec<UserId> = rows.iter().map(|row| row.id).collect();
    let parts = app.store.member_list_of(&ids).await?;
    let mut factors = app.store.totp_users(&ids).await?;
    factors.extend(app.store.passkey_users(&ids).await?);
    let drops = factor_drop::all(&app.store).await?;
    let mut powers = HashMap::new();
    for row in &rows {
        if !powers.contains_key(&row.role) {
            powers.insert(row.role.clone(), roles::power(&app.store, &row.role).await?);
        }
    }
    let view = |row| {
        let nusantara_store::UserRecord { id, role, .. } = &row;
        let factor = Factor { enabled: factors.contains(id), drops_at: drops.of(*id) };
        views::people::user(&row, &parts, factor, powers[role], &caller)
    };
    Ok(Json(pages::page(rows, limit, |row| row.username.clone(), view)))
}
