//! Whether the panel still waits for its first admin.

use crate::app::App;
use crate::http::problem::Problems;
use axum::Json;
use axum::extract::State;
use nusantara_api::setup::SetupStatus;

/// Whether the panel still waits for its first admin.
#[utoipa::path(
    get,
    path = "/setup",
    operation_id = "setup_status",
    tag = "setup",
    responses((status = 200, description = "The state", body = SetupStatus), Problems)
)]
pub(crate) async fn status(State(app): State<App>) -> Json<SetupStatus> {
    Json(SetupStatus { required: !app.setup.is_done(), passkey_origin: app.passkeys.origin().map(str::to_owned) })
}
