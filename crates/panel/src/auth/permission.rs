//! Permissions, the roles that hold them, and the policy every route states.

use nusantara_api::auth::Role;

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

            /// The roles that hold it. An admin holds all of them and is not listed.
            const fn holders(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),*]),* }
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
    FtpRead = "ftp:read": Operator Viewer User;
    FtpUpdate = "ftp:update": Operator User;
    FtpDelete = "ftp:delete": Operator User;
    SshUpdate = "ssh:update": Operator User;
    LogRead = "log:read": Operator Viewer User;
    JobRead = "job:read": Operator Viewer User;
    PackageRead = "package:read": Operator Viewer User;
    PackageUpdate = "package:update": ;
    SystemRead = "system:read": Operator Viewer;
    AuditRead = "audit:read": Viewer;
}

/// Whether `role` holds `permission`.
pub(crate) fn role_may(role: Role, permission: Permission) -> bool {
    role == Role::Admin || permission.holders().contains(&role)
}

/// Who may use a route. Stated where the route is registered; there is no way to register one without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Anybody. `why` says what keeps that safe.
    Public {
        /// The reason, printed with the policy.
        why: &'static str,
    },
    /// Anybody with a valid session, and root at the local socket.
    LoggedIn,
    /// Only root at the local socket; for everybody else the route does not exist.
    LocalRoot,
    /// Callers whose role holds the permission; objects are filtered by ownership beneath.
    Needs(Permission),
}
