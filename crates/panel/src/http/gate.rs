//! In front of every route: who is calling, where the request comes from, and whether the route's policy lets them in.

use super::{ApiError, hosts};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::permission::Policy;
use crate::auth::{csrf, sessions};
use crate::server::accept::Channel;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use nusantara_api::ProblemCode;
use std::net::{IpAddr, Ipv4Addr};

/// Where a request came from, as far as that is known without believing the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// Lets a request through to its handler, or answers it.
pub(crate) async fn pass(policy: Policy, mut request: Request, next: Next) -> Response {
    match admit(policy, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn admit(policy: Policy, request: &mut Request) -> Result<(), ApiError> {
    let missing = |what| ApiError::internal(format_args!("a request without its {what}"));
    let app = request.extensions().get::<App>().cloned().ok_or_else(|| missing("application"))?;
    let channel = request.extensions().get::<Channel>().cloned().ok_or_else(|| missing("channel"))?;
    let address = client_address(&channel, request.headers(), &app.config.trusted_proxies);
    request.extensions_mut().insert(ClientAddress(address));
    let local = matches!(channel, Channel::LocalRoot);
    let session = if local { None } else { sessions::find(&app, request.headers()).await? };

    let caller = if local { Some(Caller::root()) } else { session.as_ref().map(|session| session.caller.clone()) };
    let public = matches!(policy, Policy::Public { .. });
    match (policy, &caller) {
        (Policy::Public { .. }, _) | (Policy::LoggedIn, Some(_)) => {}
        (Policy::LocalRoot, _) if local => {}
        (Policy::LocalRoot, _) => return Err(ApiError::not_found()),
        (Policy::Needs(_) | Policy::LoggedIn, None) => return Err(ApiError::unauthenticated()),
        (Policy::Needs(permission), Some(caller)) if caller.may(permission) => {}
        (Policy::Needs(permission), Some(_)) => {
            let detail = format!("Your role does not include {}.", permission.as_str());
            return Err(ApiError::new(ProblemCode::Forbidden, detail));
        }
    }
    // Nothing is sent by itself over the local socket, so there is nothing to forge.
    if !local && csrf::is_unsafe(request.method()) {
        let host = hosts::authority(request.uri(), request.headers()).map(|a| a.to_string()).unwrap_or_default();
        let source = csrf::check_source(request.headers(), &host);
        let token = match &session {
            Some(session) if !public => csrf::check_token(request.headers(), &session.token),
            _ => Ok(()),
        };
        source.and(token).map_err(foreign)?;
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    Ok(())
}

fn foreign(why: csrf::Foreign) -> ApiError {
    let detail = match why {
        csrf::Foreign::Origin => "The request needs an Origin header that equals the address it was sent to.",
        csrf::Foreign::FetchSite => "The browser says that another site sent this request.",
        csrf::Foreign::ContentType => {
            return ApiError::new(ProblemCode::UnsupportedMediaType, "The body must be JSON: send `Content-Type: application/json`.");
        }
        csrf::Foreign::Token => "The request needs the session's own token in X-CSRF-Token; GET /api/v1/auth/me tells it.",
    };
    ApiError::new(ProblemCode::CsrfFailed, detail)
}

/// The address at the other end of the socket. Behind a configured proxy it is the last address in `X-Forwarded-For` that is no
/// such proxy: everything to the left of it is what the client claims (SECURITY R19).
fn client_address(channel: &Channel, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let Channel::Https(peer, _) = channel else { return IpAddr::V4(Ipv4Addr::LOCALHOST) };
    if !proxies.contains(peer) {
        return *peer;
    }
    let mut hops: Vec<Option<IpAddr>> = Vec::new();
    for value in headers.get_all("x-forwarded-for") {
        hops.extend(value.to_str().unwrap_or_default().split(',').map(|hop| hop.trim().parse::<IpAddr>().ok().map(|a| a.to_canonical())));
    }
    // An entry that is no address ends the chain: what stands left of it was not written by a proxy of ours.
    hops.into_iter().rev().take_while(Option::is_some).flatten().find(|hop| !proxies.contains(hop)).unwrap_or(*peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_address_counts_only_behind_a_known_proxy() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let headers: HeaderMap =
            [("x-forwarded-for".parse().unwrap(), "127.0.0.1, 198.51.100.7, 10.0.0.2".parse().unwrap())].into_iter().collect();
        let peer = |address: &str| Channel::https_for_tests(ip(address));
        assert_eq!(client_address(&peer("192.0.2.9"), &headers, &[ip("10.0.0.1")]), ip("192.0.2.9"));
        assert_eq!(client_address(&peer("10.0.0.1"), &headers, &[ip("10.0.0.1"), ip("10.0.0.2")]), ip("198.51.100.7"));
        assert_eq!(client_address(&peer("10.0.0.1"), &HeaderMap::new(), &[ip("10.0.0.1")]), ip("10.0.0.1"));
    }
}
