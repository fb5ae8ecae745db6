//! In front of every route: who is calling, where the request comes from, and whether the route's policy lets them in.

use super::{ApiError, hosts};
use crate::app::App;
use crate::auth::caller::{By, Caller};
use crate::auth::permission::Policy;
use crate::auth::{api_tokens, csrf, sessions};
use crate::server::accept::Channel;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use nusantara_api::ProblemCode;
use nusantara_types::Timestamp;
use std::net::{IpAddr, Ipv4Addr};

/// Where a request came from, as far as that is known without believing the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// Lets a request through to its handler, or answers it.
pub(crate) async fn pass(policy: Policy, mut request: Request, next: Next) -> Response {
    let app = request.extensions().get::<App>().cloned();
    let response = match admit(policy, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    if let Some(app) = app
        && response.extensions().get::<ApiError>().is_some_and(ApiError::is_database_away)
    {
        app.store.doubt();
    }
    response
}

async fn admit(policy: Policy, request: &mut Request) -> Result<(), ApiError> {
    let missing = |what| ApiError::internal(format_args!("a request without its {what}"));
    let app = request.extensions().get::<App>().cloned().ok_or_else(|| missing("application"))?;
    let channel = request.extensions().get::<Channel>().cloned().ok_or_else(|| missing("channel"))?;
    let address = client_address(&channel, request.headers(), &app.config.trusted_proxies);
    request.extensions_mut().insert(ClientAddress(address));
    let local = matches!(channel, Channel::LocalRoot);
    if matches!(policy, Policy::LocalRoot) && !local {
        return Err(ApiError::not_found());
    }
    let is_away = app.store.is_away();
    if is_away && !matches!(policy, Policy::Public { .. }) {
        return Err(ApiError::database_away());
    }
    let brought = api_tokens::is_brought(request.headers());
    let session = if local || brought || is_away { None } else { sessions::find(&app, request.headers()).await? };
    let caller = match &session {
        _ if local => Some(Caller::root()),
        None if brought => api_tokens::find(&app, request.headers(), address).await?,
        session => session.as_ref().map(|session| session.caller.clone()),
    };
    match (&caller, policy) {
        (_, Policy::Public { .. }) => {}
        (Some(caller), policy) => demand(policy, caller, app.now())?,
        (None, _) => return Err(ApiError::unauthenticated()),
    }
    // What a session may see is for our own pages: another site's reads nothing with it and follows nothing, wherever cookies go.
    if session.is_some() && csrf::is_elsewhere(request.headers()) {
        return Err(foreign(csrf::Foreign::FetchSite));
    }
    // Nothing is sent by itself over the local socket or with a token, so there is nothing to forge.
    if !local && !brought && csrf::is_unsafe(request.method()) {
        let host = hosts::authority(request.uri(), request.headers()).map(|a| a.to_string()).unwrap_or_default();
        let source = csrf::check_source(request.headers(), &host);
        let token = match &session {
            Some(session) if !matches!(policy, Policy::Public { .. }) => csrf::check_token(request.headers(), &session.token),
            _ => Ok(()),
        };
        source.and(token).map_err(foreign)?;
    }
    if let Some(mut caller) = caller {
        caller.needs = policy.permission();
        if let Some(user) = caller.user.filter(|_| caller.power.own_only) {
            caller = caller.with_parts(app.store.member_list_of(&[user]).await?);
        }
        request.extensions_mut().insert(caller);
    }
    Ok(())
}

/// How long ago somebody may have proved who they are, for what is dangerous (SECURITY R23).
const FRESH: TimeDelta = TimeDelta::minutes(5);

/// Holds a caller to a policy.
fn demand(policy: Policy, caller: &Caller, now: Timestamp) -> Result<(), ApiError> {
    let refused = |detail: String| Err(ApiError::new(ProblemCode::Forbidden, detail));
    if let Some(permission) = policy.permission().filter(|permission| !caller.may(*permission)) {
        return refused(format!("Your role does not include {}.", permission.as_str()));
    }
    let in_person = matches!(policy, Policy::InPerson(_) | Policy::Own | Policy::OwnFresh);
    match &caller.by {
        By::Token(_) if in_person => return refused("A token cannot do this; log in.".to_owned()),
        By::Session(_) if in_person && caller.is_viewed() => {
            return refused("This cannot be done with the view of another login; end the view first.".to_owned());
        }
        By::Session(session) if now - session.verified_at > FRESH => {
            if matches!(policy, Policy::Fresh(_) | Policy::InPerson(_) | Policy::OwnFresh) {
                return Err(ApiError::new(ProblemCode::StepUpRequired, "Prove once more who you are, then ask again."));
            }
        }
        By::Token(_) | By::Session(_) | By::LocalRoot => {}
    }
    Ok(())
}

/// Whether somebody who began to follow something may still do so, as the same person with the same rights.
pub(crate) async fn still_good(app: &App, caller: &Caller) -> bool {
    let now = match &caller.by {
        By::LocalRoot => return true,
        By::Session(session) => sessions::again(app, session).await,
        By::Token(hash) => api_tokens::again(app, hash).await,
    };
    // A database that does not answer ends the stream: the client comes back when it does.
    now.ok().flatten().is_some_and(|now| (now.user, now.power, &now.actor) == (caller.user, caller.power, &caller.actor))
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
pub(crate) fn client_address(channel: &Channel, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
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
