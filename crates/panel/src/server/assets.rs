//! The web UI, compressed at build time and served from the binary.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// One file of the UI with its compressed forms.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    etag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Answers with a file of the UI. Paths that are no file are routes of the UI itself and get its page, except below `/assets/`,
/// where a missing file is a 404 so that a stale page notices.
pub(crate) async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path();
    let found = ASSETS.iter().find(|asset| asset.path == path);
    match found {
        Some(asset) => asset.response(request.headers()),
        None if path.starts_with("/assets/") => StatusCode::NOT_FOUND.into_response(),
        None => INDEX.response(request.headers()),
    }
}

impl Asset {
    fn response(&self, asked: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(header::ETAG, HeaderValue::from_static(self.etag));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        // Names below /assets/ carry their content's hash and never change.
        let keep = if self.path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        if asked.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == self.etag.as_bytes()) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        let (bytes, encoding) = self.best(asked);
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        (headers, Body::from(bytes)).into_response()
    }

    /// The smallest form that the client understands. Quality values are not weighed: who names an encoding gets it.
    fn best(&self, asked: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
        let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let accepts = |name: &str| {
            accepted.split(',').any(|part| {
                let mut pieces = part.split(';').map(str::trim);
                pieces.next() == Some(name) && !pieces.any(|q| q == "q=0")
            })
        };
        match (self.brotli, self.gzip) {
            (Some(brotli), _) if accepts("br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts("gzip") => (gzip, Some("gzip")),
            _ => (self.plain, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Request {
        Request::builder().uri(path).header("accept-encoding", "gzip, br").body(Body::empty()).unwrap()
    }

    #[tokio::test]
    async fn routes_get_the_page_and_missing_files_do_not() {
        for path in ["/", "/accounts/joko"] {
            let response = serve(get(path)).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
            assert_eq!(response.headers()["cache-control"], "no-cache");
        }
        assert_eq!(serve(get("/assets/gone.js")).await.status(), StatusCode::NOT_FOUND);
        let post = Request::builder().method("POST").uri("/").body(Body::empty()).unwrap();
        assert_eq!(serve(post).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[tokio::test]
    async fn a_known_page_is_not_sent_again() {
        let first = serve(get("/")).await;
        let mut again = get("/");
        again.headers_mut().insert("if-none-match", first.headers()["etag"].clone());
        assert_eq!(serve(again).await.status(), StatusCode::NOT_MODIFIED);
    }
}
