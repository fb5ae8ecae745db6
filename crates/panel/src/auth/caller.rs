//! Who a request comes from.

use super::permission::{BuiltIn, Permission, Rights};
use super::roles::Power;
use crate::http::ApiError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use nusantara_api::auth::{Me, Viewing};
use nusantara_store::{MemberRecord, Part, Scope};
use nusantara_types::{Actor, RoleName, SessionId, Timestamp, UserId, Username};

/// Somebody who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// As audit rows and the host daemon's ledger name them.
    pub(crate) actor: Actor,
    /// Name of their role.
    pub(crate) role: RoleName,
    /// What they may do: what the role allows, as far as their token names it.
    pub(crate) power: Power,
    /// Whose rights they are; none for root at the local socket.
    pub(crate) user: Option<UserId>,
    /// What they hold.
    pub(crate) by: By,
    /// What the route is about, which is looked for in each account.
    pub(crate) needs: Option<Permission>,
    /// Their part in accounts, when they see only those.
    pub(crate) parts: Vec<(Username, Rights)>,
}

/// How a caller is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    /// Root at the prompt of the panel's host.
    LocalRoot,
    /// A session.
    Session(CallerSession),
    /// A token for programs, by its hash.
    Token(String),
}

/// The session a caller is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallerSession {
    pub(crate) id: SessionId,
    /// Whose session it is: while it has the view of another login, not the same as [`Caller::user`].
    pub(crate) holder: UserId,
    /// What unsafe requests of this session must carry.
    pub(crate) csrf: String,
    /// When whoever holds it last proved who they are.
    pub(crate) verified_at: Timestamp,
    /// Whose eyes are behind a view, and until when.
    pub(crate) viewer: Option<(String, Timestamp)>,
}

impl Caller {
    /// Root at the prompt of the panel's host.
    pub(crate) fn root() -> Self {
        let power = Power::built_in(BuiltIn::Admin);
        Self { actor: Actor::root(), role: RoleName::admin(), power, user: None, by: By::LocalRoot, needs: None, parts: Vec::new() }
    }

    /// Whether the caller's role holds a permission.
    pub(crate) const fn may(&self, permission: Permission) -> bool {
        self.power.rights.has(permission)
    }

    /// Whether the caller may do something in one account.
    pub(crate) fn may_in(&self, account: &Username, permission: Permission) -> bool {
        let part = |(name, rights): &(Username, Rights)| name == account && rights.has(permission);
        self.may(permission) && (!self.power.own_only || self.parts.iter().any(part))
    }

    /// Whether nothing is closed to them.
    pub(crate) fn is_admin(&self) -> bool {
        self.role == RoleName::admin()
    }

    /// Their session, if that is what they hold.
    pub(crate) const fn session(&self) -> Option<&CallerSession> {
        match &self.by {
            By::Session(session) => Some(session),
            By::LocalRoot | By::Token(_) => None,
        }
    }

    /// Whether somebody else has the view of this login.
    pub(crate) fn is_viewed(&self) -> bool {
        self.session().is_some_and(|session| session.viewer.is_some())
    }

    /// Whose objects the caller reaches with what the route is about.
    pub(crate) fn scope(&self) -> Scope {
        self.scope_of(self.needs.unwrap_or(Permission::AccountRead))
    }

    /// Whose objects the caller reaches with a permission.
    pub(crate) fn scope_of(&self, permission: Permission) -> Scope {
        if !self.power.own_only {
            return Scope::All;
        }
        // Nobody sees only their own without being somebody; should it come to that, they have a part in nothing.
        let user = self.user.unwrap_or(UserId(uuid::Uuid::nil()));
        Scope::Member { user, permission: permission.as_str() }
    }

    /// Takes over what the database says about their part in accounts.
    pub(crate) fn with_parts(mut self, members: Vec<MemberRecord>) -> Self {
        let rights = |part: Part| match part {
            Part::Owner => Rights::ALL,
            Part::Helper(names) => Rights::named(&names).and(Rights::for_helpers()),
        };
        self.parts = members.into_iter().map(|member| (member.account, rights(member.part))).collect();
        self
    }

    /// Tells callers apart where something is counted or remembered by caller.
    pub(crate) fn key(&self) -> String {
        self.user.map_or_else(|| "root".to_owned(), |user| user.to_string())
    }

    /// Their login's own name.
    pub(crate) fn login(&self) -> &str {
        self.actor.as_str().rsplit('@').next().unwrap_or_default()
    }

    /// What the caller is told about themselves.
    pub(crate) fn me(&self) -> Me {
        let session = self.session();
        Me {
            id: self.user.map(|user| user.0),
            username: self.login().to_owned(),
            role: self.role.to_string(),
            own_only: self.power.own_only,
            permissions: self.power.rights.names(),
            csrf_token: session.map(|session| session.csrf.clone()),
            second_factor_drops_at: None,
            viewed_by: session.and_then(|session| session.viewer.clone()).map(|(username, until)| Viewing { username, until }),
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

/// Somebody who speaks about their own login, in a session of theirs.
#[derive(Debug, Clone)]
pub(crate) struct Myself {
    pub(crate) caller: Caller,
    pub(crate) user: UserId,
    pub(crate) session: CallerSession,
}

impl<S: Send + Sync> FromRequestParts<S> for Myself {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let (user, session) = (caller.user, caller.session().cloned());
        match (user, session) {
            (Some(user), Some(session)) => Ok(Self { caller, user, session }),
            // Root at the prompt has no login of the panel.
            _ => Err(ApiError::not_found()),
        }
    }
}
