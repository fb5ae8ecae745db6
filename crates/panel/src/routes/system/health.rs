//! Whether the panel answers.

use crate::app::App;
use crate::http::problem::Problems;
use axum::Json;
use axum::extract::State;
use nusantara_api::system::Health;

/// Whether the panel answers.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "healthz",
    tag = "system",
    responses((status = 200, description = "It does", body = Health), Problems)
)]
pub(crate) async fn health(State(app): State<App>) -> Json<Health> {
    let status = if app.store.is_away() { "degraded" } else { "ok" };
    Json(Health { status: status.to_owned() })
}
