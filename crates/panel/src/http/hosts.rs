//! Which `Host` a request may name (SECURITY R43). Until an administrator has named the panel, every name is answered: a fresh
//! panel is reached by whatever address its server has, and cannot know it.

use super::ApiError;
use axum::http::Uri;
use axum::http::header::{HOST, HeaderMap};
use axum::http::uri::Authority;
use nusantara_api::ProblemCode;
use std::net::IpAddr;

/// The host names that are answered.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    any: bool,
    names: Vec<String>,
}

impl Hosts {
    /// `allowed` as configured (`*` is any), and the machine's own names.
    pub(crate) fn new(allowed: &[String], own: &[String]) -> Self {
        let names = allowed.iter().chain(own).map(|name| name.to_ascii_lowercase()).collect();
        Self { any: allowed.iter().any(|name| name == "*"), names }
    }

    /// Whether a request for this authority is ours to answer.
    pub(crate) fn check(&self, authority: Option<&Authority>) -> Result<(), ApiError> {
        let Some(authority) = authority else {
            return Err(ApiError::new(ProblemCode::BadRequest, "The request names no valid host."));
        };
        let host = authority.host().to_ascii_lowercase();
        // An address cannot be pointed at this server by somebody else's DNS, so it is always fine.
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
        if self.any || address || self.names.contains(&host) {
            return Ok(());
        }
        Err(ApiError::new(
            ProblemCode::MisdirectedRequest,
            "This host name is not served here; an administrator can add it to allowed_hosts.",
        ))
    }
}

/// The host and port that the client asked for: HTTP/2 has it in the target, HTTP/1.1 in the header.
pub(crate) fn authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let named = || headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse().ok());
    uri.authority().cloned().or_else(named).filter(|authority: &Authority| !authority.as_str().contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_names_are_refused_once_names_are_configured() {
        let of = |text: &str| text.parse::<Authority>().ok();
        let hosts = Hosts::new(&["panel.example".to_owned()], &["box1".to_owned(), "localhost".to_owned()]);
        for ours in ["panel.example:8443", "PANEL.example", "box1:8443", "localhost", "192.0.2.1:8443", "[2001:db8::1]:8443"] {
            assert!(hosts.check(of(ours).as_ref()).is_ok(), "{ours}");
        }
        for foreign in ["evil.example", "panel.example.evil.test", "xpanel.example"] {
            assert!(hosts.check(of(foreign).as_ref()).is_err(), "{foreign}");
        }
        assert!(hosts.check(None).is_err());
        assert!(Hosts::new(&["*".to_owned()], &[]).check(of("evil.example").as_ref()).is_ok());
    }
}
