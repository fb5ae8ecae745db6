//! The outermost layer around every answer: gives the request an id, and every error the one shape.

use super::ApiError;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use nusantara_api::ProblemCode;
use nusantara_types::RequestId;
use std::any::Any;

/// Longest path and query, bytes (SECURITY R39).
const LONGEST_URL: usize = 8 * 1024;

/// Runs the request and writes its problem document, if it comes to one.
pub(crate) async fn shape(request: Request, next: Next) -> Response {
    let id = RequestId::generate().to_string();
    let length = request.uri().path_and_query().map_or(0, |p| p.as_str().len());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = if length > LONGEST_URL {
        ApiError::new(ProblemCode::TooLarge, "The address is longer than 8 KiB.").status(StatusCode::URI_TOO_LONG).into_response()
    } else {
        next.run(request).await
    };
    let error = response.extensions_mut().remove::<ApiError>().or_else(|| of_bare_status(&response));
    if let Some(error) = error {
        let problem = error.problem(id.clone());
        tracing::debug!(request_id = id, %method, path, status = problem.status, code = ?problem.code, "refused");
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(serde_json::to_vec(&problem).unwrap_or_default());
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// The problem for an error that the framework answered by itself, without a body of ours.
fn of_bare_status(response: &Response) -> Option<ApiError> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => return Some(ApiError::not_found()),
        StatusCode::METHOD_NOT_ALLOWED => {
            (ProblemCode::MethodNotAllowed, "This address does not take that method; `Allow` names those it takes.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => (ProblemCode::TooLarge, "The body is larger than this request may be (64 KiB)."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (ProblemCode::UnsupportedMediaType, "Send `Content-Type: application/json`."),
        _ if status.is_client_error() => (ProblemCode::BadRequest, "The request cannot be read."),
        _ => (ProblemCode::Internal, "Something went wrong inside the panel."),
    };
    Some(ApiError::new(code, detail).status(status))
}

/// The answer to a request whose handler panicked.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let what = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    ApiError::internal(format_args!("a handler panicked: {}", what.unwrap_or("no message"))).into_response()
}
