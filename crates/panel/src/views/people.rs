//! Logins, roles, members, sessions and tokens as the client sees them.

use super::state;
use crate::auth::caller::Caller;
use crate::auth::permission::{Permission, Rights};
use crate::auth::roles::Power;
use crate::routes::makes_owners;
use nusantara_api::auth::{ApiToken, SessionView};
use nusantara_api::passkeys::PasskeyView;
use nusantara_api::people::{Member, MemberList, Role, User, UserAccount, UserActions, UserState};
use nusantara_store::{ApiTokenRecord, MemberRecord, Part, PasskeyRecord, RoleRecord, SessionRecord, UserRecord};
use nusantara_types::{SessionId, Timestamp, Username};

/// What is asked of a login besides its password.
pub(crate) struct Factor {
    /// Whether anything is.
    pub(crate) enabled: bool,
    /// When it goes.
    pub(crate) drops_at: Option<Timestamp>,
}

/// A login; `parts` may hold those of others too.
pub(crate) fn user(record: &UserRecord, parts: &[MemberRecord], factor: Factor, power: Power, caller: &Caller) -> User {
    let own = (caller.user == Some(record.id)).then_some("own_login");
    let off = record.disabled_at.map(|_| "disabled");
    let over = (!caller.power.covers(power)).then_some("forbidden");
    let may = |permission, obstacle: Option<&'static str>| state(caller.may(permission), over.or(obstacle));
    User {
        username: record.username.clone(),
        role: record.role.to_string(),
        email: record.email.as_ref().map(ToString::to_string),
        state: match (record.disabled_at, record.password_hash.is_empty()) {
            (Some(_), _) => UserState::Disabled,
            (None, true) => UserState::Invited,
            (None, false) => UserState::Active,
        },
        second_factor: factor.enabled,
        second_factor_drops_at: factor.drops_at,
        accounts: parts.iter().filter(|part| part.user == record.id).map(account).collect(),
        created_at: record.created_at,
        last_login_at: record.last_login_at,
        actions: UserActions {
            update: may(Permission::UserUpdate, None),
            delete: may(Permission::UserDelete, own),
            link: may(Permission::UserUpdate, own.or(off)),
            view: may(Permission::UserView, own.or(off)),
            drop_second_factor: may(Permission::UserUpdate, own),
        },
    }
}

fn account(part: &MemberRecord) -> UserAccount {
    UserAccount { account: part.account.to_string(), owner: part.part == Part::Owner }
}

/// A role that came with the panel.
pub(crate) fn built_in(name: &str, power: Power) -> Role {
    Role { name: name.to_owned(), built_in: true, own_only: power.own_only, permissions: power.rights.names() }
}

/// A role that was made here.
pub(crate) fn role(record: &RoleRecord) -> Role {
    let power = Power::made(record);
    Role { name: record.name.to_string(), built_in: false, own_only: power.own_only, permissions: power.rights.names() }
}

/// The people of an account.
pub(crate) fn members(account: &Username, members: &[MemberRecord], caller: &Caller) -> MemberList {
    let may = caller.may_in(account, Permission::MemberUpdate);
    let owners = makes_owners(caller);
    let one = |member: &MemberRecord| {
        let (owner, permissions) = match &member.part {
            Part::Owner => (true, Vec::new()),
            Part::Helper(names) => (false, Rights::named(names).names()),
        };
        Member {
            username: member.username.clone(),
            owner,
            permissions,
            waiting: !member.usable,
            created_at: member.created_at,
            update: state(may && (owners || !owner), None),
        }
    };
    MemberList {
        items: members.iter().map(one).collect(),
        permissions: Rights::for_helpers().and(caller.power.rights).names(),
        invite: state(may, None),
        own: state(may && owners, None),
    }
}

/// A session.
pub(crate) fn session(record: &SessionRecord, current: SessionId) -> SessionView {
    SessionView {
        id: record.id.0,
        current: record.id == current,
        address: record.address.clone(),
        user_agent: record.user_agent.clone(),
        created_at: record.created_at,
        last_seen_at: record.last_seen_at,
        expires_at: record.expires_at,
    }
}

/// A token for programs.
pub(crate) fn token(record: ApiTokenRecord) -> ApiToken {
    ApiToken {
        id: record.id.0,
        name: record.name,
        permissions: record.permissions,
        networks: record.networks.iter().map(ToString::to_string).collect(),
        created_at: record.created_at,
        expires_at: record.expires_at,
        last_used_at: record.last_used_at,
        last_used_address: record.last_used_address,
    }
}

/// A passkey.
pub(crate) fn passkey(record: PasskeyRecord) -> PasskeyView {
    PasskeyView { id: record.id.0, name: record.name, created_at: record.created_at, last_used_at: record.last_used_at }
}
