//! The setup token, for root on the panel's own host.

use crate::app::App;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::setup::SetupToken;

/// The setup token, for root on the panel's own host.
#[utoipa::path(
    get,
    path = "/setup/token",
    operation_id = "setup_token",
    tag = "setup",
    responses((status = 200, description = "The token", body = SetupToken), Problems)
)]
pub(crate) async fn token(State(app): State<App>) -> ApiResult<Json<SetupToken>> {
    if app.setup.is_done() {
        return Err(ApiError::not_found());
    }
    Ok(Json(SetupToken { token: app.setup.token().map_err(ApiError::internal)? }))
}
