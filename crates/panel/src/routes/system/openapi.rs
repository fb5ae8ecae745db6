//! This document.

use crate::http::problem::Problems;
use crate::routes::openapi_document;
use axum::http::header;
use axum::response::IntoResponse;

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "system",
    responses((status = 200, description = "The OpenAPI document", body = Object), Problems)
)]
pub(crate) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi_document())
}
