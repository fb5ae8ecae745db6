//! Who the caller is and what they may do.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::factor_drop;
use crate::http::ApiResult;
use crate::http::problem::Problems;
use axum::Json;
use axum::extract::State;
use nusantara_api::auth::Me;

/// Who the caller is and what they may do.
#[utoipa::path(
    get,
    path = "/auth/me",
    operation_id = "auth_me",
    tag = "auth",
    responses((status = 200, description = "The caller", body = Me), Problems)
)]
pub(crate) async fn me(State(app): State<App>, caller: Caller) -> ApiResult<Json<Me>> {
    let second_factor_drops_at = match caller.session().filter(|_| !caller.is_viewed()) {
        Some(session) => factor_drop::due(&app.store, session.holder).await?,
        None => None,
    };
    Ok(Json(Me { second_factor_drops_at, ..caller.me() }))
}
