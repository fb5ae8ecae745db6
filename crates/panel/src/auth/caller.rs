//! Who a request comes from.

use super::permission::{Permission, role_may};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use nusantara_api::auth::{Me, Role};
use nusantara_store::Scope;
use nusantara_types::{Actor, SessionId, UserId};

use crate::http::ApiError;

/// Somebody who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// As audit rows and the host daemon's ledger name them.
    pub(crate) actor: Actor,
    /// What they may do.
    pub(crate) role: Role,
    /// Their session; none for root at the local socket.
    pub(crate) session: Option<CallerSession>,
}

/// The session a caller is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallerSession {
    pub(crate) id: SessionId,
    pub(crate) user: UserId,
    /// What unsafe requests of this session must carry.
    pub(crate) csrf: String,
}

impl Caller {
    /// Root at the prompt of the panel's host.
    pub(crate) fn root() -> Self {
        Self { actor: Actor::root(), role: Role::Admin, session: None }
    }

    /// Whether the caller's role holds a permission.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        role_may(self.role, permission)
    }

    /// Whose objects the caller sees.
    pub(crate) fn scope(&self) -> Scope {
        match (self.role, &self.session) {
            (Role::Admin | Role::Operator | Role::Viewer, _) => Scope::All,
            (Role::User, Some(session)) => Scope::Owner(session.user),
            // Nobody is a plain user without a session; should it come to that, they own nothing.
            (Role::User, None) => Scope::Owner(UserId(uuid::Uuid::nil())),
        }
    }

    /// Tells callers apart where something is counted or remembered by caller.
    pub(crate) fn key(&self) -> String {
        self.session.as_ref().map_or_else(|| "root".to_owned(), |session| session.user.to_string())
    }

    /// What the caller is told about themselves.
    pub(crate) fn me(&self) -> Me {
        Me {
            id: self.session.as_ref().map(|session| session.user.0),
            username: self.actor.to_string(),
            role: self.role,
            permissions: Permission::ALL.iter().filter(|p| self.may(**p)).map(|p| p.as_str().to_owned()).collect(),
            csrf_token: self.session.as_ref().map(|session| session.csrf.clone()),
        }
    }
}

/// The gate has put the caller there; a handler behind a public policy has none.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::unauthenticated)
    }
}
