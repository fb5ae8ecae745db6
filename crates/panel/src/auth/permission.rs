//! Permissions, the built-in roles that hold them, and the policy every route states.

macro_rules! permissions {
    ($($name:ident = $text:literal: $($role:ident)*;)*) => {
        /// Something a role may be allowed to do, written `module:verb`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Permission { $(#[doc = $text] $name,)* }

        impl Permission {
            /// Every permission there is.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its stable name.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The built-in roles that hold it. An admin holds all of them and is not listed.
            const fn holders(self) -> &'static [BuiltIn] {
                match self { $(Self::$name => &[$(BuiltIn::$role),*]),* }
            }
        }
    };
}

permissions! {
    AccountRead = "account:read": Operator Viewer User;
    AccountCreate = "account:create": Operator;
    AccountDelete = "account:delete": Operator;
    AccountUpdate = "account:update": Operator;
    AccountPassword = "account:password": Operator User;
    AccountSuspend = "account:suspend": Operator;
    AccountRename = "account:rename": Operator;
    AccountRollback = "account:rollback": Operator;
    AccountExport = "account:export": ;
    AccountImport = "account:import": ;
    AccountAdopt = "account:adopt": ;
    AccountConverge = "account:converge": Operator;
    SiteRead = "site:read": Operator Viewer User;
    SiteCreate = "site:create": Operator User;
    SiteUpdate = "site:update": Operator User;
    SiteDelete = "site:delete": Operator User;
    PhpUpdate = "php:update": Operator User;
    AppRead = "app:read": Operator Viewer User;
    AppUpdate = "app:update": Operator User;
    AppRestart = "app:restart": Operator User;
    AppDelete = "app:delete": Operator User;
    CronRead = "cron:read": Operator Viewer User;
    CronUpdate = "cron:update": Operator User;
    CronRun = "cron:run": Operator User;
    CronDelete = "cron:delete": Operator User;
    DatabaseRead = "database:read": Operator Viewer User;
    DatabaseUpdate = "database:update": Operator User;
    DatabaseDelete = "database:delete": Operator User;
    FtpRead = "ftp:read": Operator Viewer User;
    FtpUpdate = "ftp:update": Operator User;
    FtpDelete = "ftp:delete": Operator User;
    SshUpdate = "ssh:update": Operator User;
    LogRead = "log:read": Operator Viewer User;
    JobRead = "job:read": Operator Viewer User;
    JobCancel = "job:cancel": Operator User;
    ScheduleRead = "schedule:read": Operator Viewer;
    ScheduleUpdate = "schedule:update": ;
    ScheduleRun = "schedule:run": Operator;
    PackageRead = "package:read": Operator Viewer User;
    PackageUpdate = "package:update": ;
    MemberRead = "member:read": Operator Viewer User;
    MemberUpdate = "member:update": User;
    UserRead = "user:read": Viewer;
    UserCreate = "user:create": ;
    UserUpdate = "user:update": ;
    UserDelete = "user:delete": ;
    UserView = "user:view": ;
    RoleRead = "role:read": Viewer;
    RoleUpdate = "role:update": ;
    AccessRead = "access:read": Viewer;
    AccessUpdate = "access:update": ;
    SystemRead = "system:read": Operator Viewer;
    AuditRead = "audit:read": Viewer;
}

/// Roles that came with the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    Admin,
    Operator,
    Viewer,
    User,
}

impl BuiltIn {
    /// All of them, as they are listed.
    pub(crate) const ALL: [Self; 4] = [Self::Admin, Self::Operator, Self::Viewer, Self::User];

    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
            Self::User => "user",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// What it allows.
    pub(crate) fn rights(self) -> Rights {
        Rights::of(Permission::ALL.iter().copied().filter(|p| self == Self::Admin || p.holders().contains(&self)))
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights(u64);

const _: () = assert!(Permission::ALL.len() <= 64, "a set of permissions has 64 places");

impl Rights {
    /// None.
    pub(crate) const NONE: Self = Self(0);
    /// Every one.
    pub(crate) const ALL: Self = Self(u64::MAX);

    /// These.
    pub(crate) fn of(permissions: impl IntoIterator<Item = Permission>) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | 1 << permission as u64))
    }

    /// Those with these names. One that is not known is none, so that a name which was dropped allows nothing.
    pub(crate) fn named(names: &[String]) -> Self {
        Self::of(names.iter().filter_map(|name| Permission::ALL.iter().copied().find(|p| p.as_str() == name)))
    }

    /// Whether a permission is among them.
    pub(crate) const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u64) != 0
    }

    /// Whether all of them are among `other`.
    pub(crate) const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Those that are in both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are in either.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Their names.
    pub(crate) fn names(self) -> Vec<String> {
        Permission::ALL.iter().filter(|p| self.has(**p)).map(|p| p.as_str().to_owned()).collect()
    }

    /// What the owner of an account may allow a helper: all that an owner may, but not to let in others.
    pub(crate) fn for_helpers() -> Self {
        Self(BuiltIn::User.rights().0 & !Self::of([Permission::MemberUpdate]).0)
    }
}

/// Who may use a route. Stated where the route is registered; there is no way to register one without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Anybody. `why` says what keeps that safe.
    Public {
        /// The reason, printed with the policy.
        why: &'static str,
    },
    /// Anybody with a valid session or token, and root at the local socket.
    LoggedIn,
    /// Only root at the local socket; for everybody else the route does not exist.
    LocalRoot,
    /// Callers whose role holds the permission; objects are filtered by ownership beneath.
    Needs(Permission),
    /// The same, and a session has proved within minutes who holds it.
    Fresh(Permission),
    /// The same, and it is no token and nobody with the view of another login: this is about who may what.
    InPerson(Permission),
    /// Somebody's own login: a session of theirs, and nobody who has their view.
    Own,
    /// The same, and it has proved within minutes who holds it.
    OwnFresh,
}

impl Policy {
    /// The permission it asks for.
    pub(crate) const fn permission(self) -> Option<Permission> {
        match self {
            Self::Needs(permission) | Self::Fresh(permission) | Self::InPerson(permission) => Some(permission),
            Self::Public { .. } | Self::LoggedIn | Self::LocalRoot | Self::Own | Self::OwnFresh => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_is_in_it() {
        let rights = Rights::named(&["site:read".to_owned(), "no:such".to_owned(), "job:read".to_owned()]);
        assert_eq!(rights.names(), ["site:read", "job:read"]);
        assert!(rights.has(Permission::SiteRead) && !rights.has(Permission::SiteDelete));
        assert!(rights.within(BuiltIn::User.rights()) && !BuiltIn::User.rights().within(rights));
        assert!(Rights::ALL.has(Permission::AuditRead) && !Rights::NONE.has(Permission::AuditRead));
        assert_eq!(BuiltIn::Admin.rights().names().len(), Permission::ALL.len());
        assert!(!Rights::for_helpers().has(Permission::MemberUpdate));
    }
}
