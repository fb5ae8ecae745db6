//! Whether the panel answers.

use crate::http::problem::Problems;
use axum::Json;
use nusantara_api::system::Health;

/// Whether the panel answers.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "healthz",
    tag = "system",
    responses((status = 200, description = "It does", body = Health), Problems)
)]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok".to_owned() })
}
