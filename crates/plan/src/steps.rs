//! The steps of each operation. Crash tests kill the daemon before and after every one of them, so what is not listed here is
//! not tested: executing a change whose step is not in its operation's list is a bug that a test of this crate finds.

/// One step. The name is part of the protocol: the UI translates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The six files are written.
    SpecWrite,
    /// The Linux user and group are made.
    UserCreate,
    /// The Linux user gets another shell.
    UserShell,
    /// Nobody logs in as the account any more.
    LoginDeny,
    /// The account's login is what it was.
    LoginAllow,
    /// The home appears, whole.
    HomeCreate,
    /// Who may enter the home is said again.
    HomeAccess,
    /// The folder of sockets is made, now and at every boot.
    AppSockets,
    /// The account may log in by SSH.
    SshApply,
    /// Nobody may log in as the account any more.
    SshRemove,
    /// sshd is seen to treat the account as meant.
    SshCheck,
    /// Logins of the account end.
    SessionsEnd,
    /// Limits are set on the account's slice.
    SliceSet,
    /// The file system is told what the account may own.
    QuotaSet,
    /// And forgets it.
    QuotaClear,
    /// The account's ports are closed to other accounts.
    PortsGuard,
    /// PHP listens for the account.
    PhpEnable,
    /// What an app is started from is written.
    AppPut,
    /// An app's instances start, and are seen to be well.
    AppStart,
    /// An app's instances end.
    AppStop,
    /// An app goes, with what it was started from.
    AppRemove,
    /// What a cron job is run from and at is written, and systemd waits for its time.
    CronPut,
    /// A cron job goes, with what it was run from and what is known of its runs.
    CronRemove,
    /// A cron job is run now.
    CronRun,
    /// A further docroot is made, as the account.
    DocrootCreate,
    /// A folder that is no docroot is made, as the account.
    FolderCreate,
    /// A database is made.
    DatabaseCreate,
    /// The account's database users are as they shall be.
    DatabaseUsers,
    /// A database goes, with all that is in it.
    DatabaseDrop,
    /// The account's FTP logins are let in, or no more.
    FtpLogins,
    /// Who may enter protected folders is written.
    AccessWrite,
    /// What says so and is named no more goes.
    AccessRemove,
    /// The web server serves the account's vhosts.
    WebPublish,
    /// The sites are seen to answer.
    SiteProbe,
    /// A last copy of the account is kept, made with its own uid.
    LastCopy,
    /// The web server forgets the account.
    WebWithdraw,
    /// PHP no longer listens for the account.
    PhpDisable,
    /// Whatever still runs as the account is ended.
    ProcessesEnd,
    /// The home goes, emptied by the account's own uid.
    HomeEmpty,
    /// What the account left in folders that everybody shares goes.
    SharedEmpty,
    /// The slice's limits go.
    SliceRevert,
    /// The Linux user and group go.
    UserDelete,
    /// The site logs go.
    LogsRemove,
    /// The six files go.
    SpecRemove,
    /// The account's FTP logins are let in no more, while its name changes.
    FtpClose,
    /// The Linux user and group get another name.
    UserRename,
    /// The home gets another name.
    HomeMove,
    /// The six files get the folder of another name.
    SpecMove,
    /// What is remembered of the account gets another name.
    FilesMove,
    /// The web server serves the account's vhosts under its other name.
    WebMove,
    /// The link in the home leads to the primary site's folder, as the account.
    HomeLink,
    /// What was applied is written down.
    Record,
}

impl Step {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SpecWrite => "spec.write",
            Self::UserCreate => "user.create",
            Self::UserShell => "user.shell",
            Self::LoginDeny => "login.deny",
            Self::LoginAllow => "login.allow",
            Self::HomeCreate => "home.create",
            Self::HomeAccess => "home.access",
            Self::AppSockets => "app.sockets",
            Self::SshApply => "ssh.apply",
            Self::SshRemove => "ssh.remove",
            Self::SshCheck => "ssh.check",
            Self::SessionsEnd => "sessions.end",
            Self::SliceSet => "slice.set",
            Self::QuotaSet => "quota.set",
            Self::QuotaClear => "quota.clear",
            Self::PortsGuard => "ports.guard",
            Self::PhpEnable => "php.enable",
            Self::AppPut => "app.put",
            Self::AppStart => "app.start",
            Self::AppStop => "app.stop",
            Self::AppRemove => "app.remove",
            Self::CronPut => "cron.put",
            Self::CronRemove => "cron.remove",
            Self::CronRun => "cron.run",
            Self::DocrootCreate => "docroot.create",
            Self::FolderCreate => "folder.create",
            Self::DatabaseCreate => "database.create",
            Self::DatabaseUsers => "database.users",
            Self::DatabaseDrop => "database.drop",
            Self::FtpLogins => "ftp.logins",
            Self::AccessWrite => "access.write",
            Self::AccessRemove => "access.remove",
            Self::WebPublish => "web.publish",
            Self::SiteProbe => "site.probe",
            Self::LastCopy => "copy.keep",
            Self::WebWithdraw => "web.withdraw",
            Self::PhpDisable => "php.disable",
            Self::ProcessesEnd => "processes.end",
            Self::HomeEmpty => "home.empty",
            Self::SharedEmpty => "shared.empty",
            Self::SliceRevert => "slice.revert",
            Self::UserDelete => "user.delete",
            Self::LogsRemove => "logs.remove",
            Self::SpecRemove => "spec.remove",
            Self::FtpClose => "ftp.close",
            Self::UserRename => "user.rename",
            Self::HomeMove => "home.move",
            Self::SpecMove => "spec.move",
            Self::FilesMove => "files.move",
            Self::WebMove => "web.move",
            Self::HomeLink => "home.link",
            Self::Record => "record",
        }
    }
}

/// Making an account. `quota.set` is there where the file system of the homes keeps quotas.
pub const CREATE: &[Step] = &[
    Step::SpecWrite,
    Step::UserCreate,
    Step::HomeCreate,
    Step::SliceSet,
    Step::QuotaSet,
    Step::PhpEnable,
    Step::WebPublish,
    Step::SiteProbe,
    Step::Record,
];

/// Removing an account. `copy.keep` is there unless the request wants no last copy. Before `processes.end` come an `app.remove` for each of its apps and a `cron.remove` for each of its jobs.
/// `database.users` is there when it had any, and a `database.drop` for each of its databases.
/// `ports.guard` is there when it had ports, `quota.clear` where the file system of the homes keeps quotas.
pub const DELETE: &[Step] = &[
    Step::LastCopy,
    Step::FtpLogins,
    Step::SshRemove,
    Step::WebWithdraw,
    Step::AccessRemove,
    Step::PhpDisable,
    Step::ProcessesEnd,
    Step::DatabaseUsers,
    Step::DatabaseDrop,
    Step::HomeEmpty,
    Step::SharedEmpty,
    Step::SliceRevert,
    Step::QuotaClear,
    Step::UserDelete,
    Step::PortsGuard,
    Step::LogsRemove,
    Step::SpecRemove,
    Step::Record,
];

/// Publishing a further site. `php.enable` is there when the site is the first of the account with its PHP branch, or has PHP
/// settings of its own; `ports.guard` when it leads to a port.
pub const SITE_ADD: &[Step] =
    &[Step::SpecWrite, Step::PortsGuard, Step::PhpEnable, Step::DocrootCreate, Step::WebPublish, Step::SiteProbe, Step::Record];

/// Giving a site other settings or another folder.
pub const SITE_UPDATE: &[Step] = &[
    Step::SpecWrite,
    Step::PortsGuard,
    Step::PhpEnable,
    Step::DocrootCreate,
    Step::WebPublish,
    Step::SiteProbe,
    Step::PhpDisable,
    Step::Record,
];

/// Saying who may enter which parts of a site.
pub const SITE_PROTECT: &[Step] =
    &[Step::SpecWrite, Step::AccessWrite, Step::WebPublish, Step::SiteProbe, Step::AccessRemove, Step::Record];

/// Taking a site off the air. `php.disable` is there when the site was the last of the account with its PHP branch,
/// `access.remove` when it had protected folders, `ports.guard` when it led to a port.
pub const SITE_REMOVE: &[Step] = &[
    Step::SpecWrite,
    Step::PortsGuard,
    Step::PhpEnable,
    Step::WebPublish,
    Step::SiteProbe,
    Step::PhpDisable,
    Step::AccessRemove,
    Step::Record,
];

/// Changing what all PHP sites of an account start from.
pub const PHP_UPDATE: &[Step] = &[Step::SpecWrite, Step::PhpEnable, Step::WebPublish, Step::SiteProbe, Step::PhpDisable, Step::Record];

/// Making an app or giving it other settings: started when it is to run, stopped when it is not. `ports.guard` is there when other
/// ports are its own than before.
pub const APP_PUT: &[Step] = &[Step::SpecWrite, Step::PortsGuard, Step::AppStop, Step::AppPut, Step::AppStart, Step::Record];

/// Removing an app.
pub const APP_REMOVE: &[Step] = &[Step::SpecWrite, Step::PortsGuard, Step::AppRemove, Step::Record];

/// Pausing the sites of an account that has used up its traffic, and letting them go on.
pub const TRAFFIC_ENFORCE: &[Step] = &[Step::WebPublish, Step::SiteProbe, Step::Record];

/// Making a cron job or giving it other settings.
pub const CRON_PUT: &[Step] = &[Step::SpecWrite, Step::CronPut, Step::Record];

/// Removing a cron job.
pub const CRON_REMOVE: &[Step] = &[Step::SpecWrite, Step::CronRemove, Step::Record];

/// Switching an account off. There is an `app.stop` for each app that is to run and a `php.disable` for each branch.
pub const SUSPEND: &[Step] = &[
    Step::SpecWrite,
    Step::LoginDeny,
    Step::SshRemove,
    Step::DatabaseUsers,
    Step::AppStop,
    Step::WebPublish,
    Step::CronPut,
    Step::SiteProbe,
    Step::FtpLogins,
    Step::PhpDisable,
    Step::ProcessesEnd,
    Step::SessionsEnd,
    Step::Record,
];

/// Switching it on again.
pub const UNSUSPEND: &[Step] = &[
    Step::SpecWrite,
    Step::DatabaseUsers,
    Step::PhpEnable,
    Step::WebPublish,
    Step::AppStart,
    Step::CronPut,
    Step::SiteProbe,
    Step::FtpLogins,
    Step::LoginAllow,
    Step::SshApply,
    Step::SshCheck,
    Step::Record,
];

/// Changing what is said of an account, its shell or its limits. PHP follows the limits; `web.publish` is there when its sites pause
/// or go on by them.
pub const ACCOUNT_UPDATE: &[Step] =
    &[Step::SpecWrite, Step::UserShell, Step::SliceSet, Step::QuotaSet, Step::PhpEnable, Step::WebPublish, Step::SiteProbe, Step::Record];

/// Giving an account another name. What carries the name goes first, with visitors being told to come back in a moment
/// (`web.publish`); then the account is moved; then all of it comes back. There is a `cron.remove`, `cron.put`, `app.remove`, `app.put`
/// and `php.disable` for each of its jobs, apps and branches.
pub const RENAME: &[Step] = &[
    Step::FtpClose,
    Step::SshRemove,
    Step::CronRemove,
    Step::WebPublish,
    Step::AppRemove,
    Step::PhpDisable,
    Step::ProcessesEnd,
    Step::UserRename,
    Step::HomeMove,
    Step::SpecMove,
    Step::FilesMove,
    Step::AccessWrite,
    Step::AppPut,
    Step::PhpEnable,
    Step::AppStart,
    Step::WebMove,
    Step::CronPut,
    Step::SiteProbe,
    Step::FtpLogins,
    Step::SshApply,
    Step::SshCheck,
    Step::AccessRemove,
    Step::Record,
];

/// Giving the primary site another name, or another site of the account its place. `home.link` is there when that one has another
/// folder, `php.enable` where PHP settings of single sites are called by the name.
pub const PRIMARY_DOMAIN: &[Step] =
    &[Step::SpecWrite, Step::PhpEnable, Step::HomeLink, Step::WebPublish, Step::SiteProbe, Step::PhpDisable, Step::Record];

/// Making a database.
pub const DATABASE_ADD: &[Step] = &[Step::SpecWrite, Step::DatabaseCreate, Step::Record];

/// Removing a database with all that is in it, last of all: what comes before can be taken back. `database.users` is there when a user
/// might enter it.
pub const DATABASE_REMOVE: &[Step] = &[Step::SpecWrite, Step::DatabaseUsers, Step::Record, Step::DatabaseDrop];

/// Making a database user, saying what it may do, giving it another password, removing it.
pub const DATABASE_USER: &[Step] = &[Step::SpecWrite, Step::DatabaseUsers, Step::Record];

/// Making an FTP login or giving it another folder or password. `folder.create` is there when no login had the folder before.
pub const FTP_PUT: &[Step] = &[Step::SpecWrite, Step::FolderCreate, Step::FtpLogins, Step::Record];

/// Removing an FTP login.
pub const FTP_REMOVE: &[Step] = &[Step::SpecWrite, Step::FtpLogins, Step::Record];

/// Saying how an account may log in by SSH: `ssh.apply` when it may, `ssh.remove` when it may not any more, `ssh.check` when it may
/// do something that it might not before, `sessions.end` when it may not do something that it might.
pub const SSH_UPDATE: &[Step] =
    &[Step::SpecWrite, Step::UserShell, Step::SshRemove, Step::SshApply, Step::SshCheck, Step::SessionsEnd, Step::Record];

/// Letting a key in. While SSH is off it is only written down.
pub const SSH_KEY_ADD: &[Step] = &[Step::SpecWrite, Step::SshApply, Step::SshCheck, Step::Record];

/// Letting a key in no more.
pub const SSH_KEY_REMOVE: &[Step] = &[Step::SpecWrite, Step::SshApply, Step::SessionsEnd, Step::Record];

/// Going back to an earlier revision: every step that a difference between two specs of an account can need, in the order they are
/// planned in, whatever comes together. Databases and their users stay as they are.
pub const ROLLBACK: &[Step] = &[
    Step::SpecWrite,
    Step::UserShell,
    Step::SshRemove,
    Step::SliceSet,
    Step::AccessWrite,
    Step::QuotaSet,
    Step::PortsGuard,
    Step::AppStop,
    Step::AppPut,
    Step::PhpEnable,
    Step::DocrootCreate,
    Step::FolderCreate,
    Step::WebPublish,
    Step::AppStart,
    Step::CronPut,
    Step::SiteProbe,
    Step::FtpLogins,
    Step::PhpDisable,
    Step::AccessRemove,
    Step::AppRemove,
    Step::CronRemove,
    Step::SshApply,
    Step::SshCheck,
    Step::SessionsEnd,
    Step::Record,
];

/// Making an account from a document, with everything that an account may have. Bringing one that exists to a document takes the
/// steps of [`ROLLBACK`], as the operation `replace`.
pub const IMPORT: &[Step] = &[
    Step::SpecWrite,
    Step::UserCreate,
    Step::LoginDeny,
    Step::HomeCreate,
    Step::SliceSet,
    Step::AccessWrite,
    Step::QuotaSet,
    Step::PortsGuard,
    Step::DatabaseCreate,
    Step::DatabaseUsers,
    Step::AppPut,
    Step::PhpEnable,
    Step::FolderCreate,
    Step::WebPublish,
    Step::AppStart,
    Step::CronPut,
    Step::SiteProbe,
    Step::FtpLogins,
    Step::ProcessesEnd,
    Step::SshApply,
    Step::SshCheck,
    Step::Record,
];

/// Bringing the host to a tree that was written by hand. A home that is there stays, with `docroot.create` for what it lacks; then
/// `home.create` is not there. For an account whose files were edited the steps are those of [`ROLLBACK`] and of databases,
/// under this name.
pub const ADOPT: &[Step] = &[
    Step::SpecWrite,
    Step::UserCreate,
    Step::LoginDeny,
    Step::HomeCreate,
    Step::SliceSet,
    Step::AccessWrite,
    Step::QuotaSet,
    Step::PortsGuard,
    Step::DatabaseCreate,
    Step::DatabaseUsers,
    Step::AppPut,
    Step::PhpEnable,
    Step::DocrootCreate,
    Step::FolderCreate,
    Step::WebPublish,
    Step::AppStart,
    Step::CronPut,
    Step::SiteProbe,
    Step::FtpLogins,
    Step::ProcessesEnd,
    Step::SshApply,
    Step::SshCheck,
    Step::Record,
];

/// Bringing a host to what an account's files say, whatever is there of it: nothing, all, or what somebody has made of it. There is
/// an `app.put`, an `app.start`, a `cron.put`, a `php.enable` for each that is not as it should be, and so on.
pub const CONVERGE: &[Step] = &[
    Step::SpecWrite,
    Step::UserCreate,
    Step::UserShell,
    Step::LoginDeny,
    Step::SshRemove,
    Step::HomeCreate,
    Step::HomeAccess,
    Step::SliceSet,
    Step::AccessWrite,
    Step::QuotaSet,
    Step::PortsGuard,
    Step::AppSockets,
    Step::DatabaseCreate,
    Step::DatabaseUsers,
    Step::AppStop,
    Step::AppPut,
    Step::PhpEnable,
    Step::DocrootCreate,
    Step::FolderCreate,
    Step::WebPublish,
    Step::AppStart,
    Step::CronPut,
    Step::SiteProbe,
    Step::FtpLogins,
    Step::PhpDisable,
    Step::AccessRemove,
    Step::AppRemove,
    Step::CronRemove,
    Step::LoginAllow,
    Step::ProcessesEnd,
    Step::SshApply,
    Step::SshCheck,
    Step::SessionsEnd,
    Step::Record,
];

/// Taking into an account's files what somebody has changed by hand: the files change, and what follows from them. PHP follows the
/// limits; keys and logins that sshd now treats otherwise are seen to be so.
pub const DRIFT_ADOPT: &[Step] = &[Step::SpecWrite, Step::PhpEnable, Step::SshCheck, Step::SessionsEnd, Step::Record];

/// Every operation that has steps, by the short name that crash tests use.
pub const ALL: &[(&str, &[Step])] = &[
    ("create", CREATE),
    ("delete", DELETE),
    ("site_add", SITE_ADD),
    ("site_update", SITE_UPDATE),
    ("site_protect", SITE_PROTECT),
    ("site_remove", SITE_REMOVE),
    ("php_update", PHP_UPDATE),
    ("app_put", APP_PUT),
    ("app_remove", APP_REMOVE),
    ("cron_put", CRON_PUT),
    ("cron_remove", CRON_REMOVE),
    ("suspend", SUSPEND),
    ("unsuspend", UNSUSPEND),
    ("account_update", ACCOUNT_UPDATE),
    ("traffic_enforce", TRAFFIC_ENFORCE),
    ("database_add", DATABASE_ADD),
    ("database_remove", DATABASE_REMOVE),
    ("database_user_put", DATABASE_USER),
    ("database_user_remove", DATABASE_USER),
    ("database_password", DATABASE_USER),
    ("ftp_add", FTP_PUT),
    ("ftp_update", FTP_PUT),
    ("ftp_remove", FTP_REMOVE),
    ("ssh_update", SSH_UPDATE),
    ("ssh_key_add", SSH_KEY_ADD),
    ("ssh_key_remove", SSH_KEY_REMOVE),
    ("account_rename", RENAME),
    ("primary_domain", PRIMARY_DOMAIN),
    ("rollback", ROLLBACK),
    ("import", IMPORT),
    ("replace", ROLLBACK),
    ("adopt", ADOPT),
    ("converge", CONVERGE),
    ("drift_adopt", DRIFT_ADOPT),
];
