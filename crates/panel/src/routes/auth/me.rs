//! Who the caller is and what they may do.

use crate::auth::caller::Caller;
use crate::http::problem::Problems;
use axum::Json;
use nusantara_api::auth::Me;

/// Who the caller is and what they may do.
#[utoipa::path(
    get,
    path = "/auth/me",
    operation_id = "auth_me",
    tag = "auth",
    responses((status = 200, description = "The caller", body = Me), Problems)
)]
pub(crate) async fn me(caller: Caller) -> Json<Me> {
    Json(caller.me())
}
