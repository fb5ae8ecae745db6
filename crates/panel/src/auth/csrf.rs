//! Whether an unsafe request comes from the panel's own pages (SECURITY R16). Every check has to pass; none of them leans on
//! SameSite alone.

use super::tokens;
use axum::http::{HeaderMap, Method, header};

/// The header that carries the session's CSRF token.
pub(crate) const HEADER: &str = "x-csrf-token";

/// Which check a request failed, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// No `Origin`, or not ours.
    Origin,
    /// `Sec-Fetch-Site` says another site.
    FetchSite,
    /// A body that is not JSON, which a foreign form could send.
    ContentType,
    /// The session's token is missing or wrong.
    Token,
}

/// Whether a method may change something.
pub(crate) fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a browser says that another site's page sent the request.
pub(crate) fn is_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site")
}

/// Checks where the request comes from; for routes without a session (login, first run) as well.
pub(crate) fn check_source(headers: &HeaderMap, host: &str) -> Result<(), Foreign> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let ours = format!("https://{host}");
    if text(header::ORIGIN).is_none_or(|origin| !origin.eq_ignore_ascii_case(&ours)) {
        return Err(Foreign::Origin);
    }
    if text(header::HeaderName::from_static("sec-fetch-site")).is_some_and(|site| site != "same-origin") {
        return Err(Foreign::FetchSite);
    }
    let empty = text(header::CONTENT_LENGTH).is_none_or(|length| length == "0") && !headers.contains_key(header::TRANSFER_ENCODING);
    let json = text(header::CONTENT_TYPE).is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
    if (!empty || headers.contains_key(header::CONTENT_TYPE)) && !json {
        return Err(Foreign::ContentType);
    }
    Ok(())
}

/// Checks the session's own token.
pub(crate) fn check_token(headers: &HeaderMap, session_token: &str) -> Result<(), Foreign> {
    let given = headers.get(HEADER).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if tokens::same(given, &tokens::csrf(session_token)) { Ok(()) } else { Err(Foreign::Token) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_pass() {
        let good = [
            ("origin", "https://panel.example:8443"),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/json; charset=utf-8"),
            ("content-length", "2"),
        ];
        assert_eq!(check_source(&headers(&good), "panel.example:8443"), Ok(()));
        let with = |at: usize, value: &'static str| {
            let mut pairs = good;
            pairs[at].1 = value;
            check_source(&headers(&pairs), "panel.example:8443")
        };
        for origin in [
            "null",
            "https://evil.example",
            "http://panel.example:8443",
            "https://panel.example",
            "https://panel.example:8443.evil.example",
        ] {
            assert_eq!(with(0, origin), Err(Foreign::Origin), "{origin}");
        }
        assert_eq!(check_source(&headers(&good[1..]), "panel.example:8443"), Err(Foreign::Origin), "no Origin");
        for site in ["cross-site", "same-site", "none"] {
            assert_eq!(with(1, site), Err(Foreign::FetchSite), "{site}");
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            assert_eq!(with(2, kind), Err(Foreign::ContentType), "{kind}");
        }
        assert_eq!(check_source(&headers(&good[..2]), "panel.example:8443"), Ok(()), "no body needs no type");
    }

    #[test]
    fn the_token_is_the_sessions_own() {
        let session = tokens::generate();
        assert_eq!(check_token(&headers(&[(HEADER, &tokens::csrf(&session))]), &session), Ok(()));
        assert_eq!(check_token(&headers(&[(HEADER, &session)]), &session), Err(Foreign::Token));
        assert_eq!(check_token(&HeaderMap::new(), &session), Err(Foreign::Token));
    }
}
