//! One change of a host, its step, and its opposite.

use crate::render::access::AccessFiles;
use crate::render::app::AppTexts;
use crate::render::cron::CronTexts;
use crate::render::php::PhpTexts;
use crate::render::ssh::SshTexts;
use crate::steps::Step;
use nusantara_types::certificates::CertificateHash;
use nusantara_types::databases::SqlUsers;
use nusantara_types::{
    AccountSpec, AppName, CronJobName, DatabaseName, DocRoot, DomainName, Limits, Login, PhpVersion, Revision, Shell, Timestamp, Username,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whose host objects a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The account.
    pub username: Username,
    /// Its uid, which is its gid too.
    pub uid: u32,
}

impl Owner {
    /// The owner that a spec names.
    #[must_use]
    pub fn of(spec: &AccountSpec) -> Self {
        Self { username: spec.account.username.clone(), uid: spec.account.uid }
    }
}

/// The resource envelope of an account. Field by field as in `limits.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope {
    /// Percent of one core.
    pub cpu_percent: u32,
    /// MiB.
    pub memory_mb: u64,
    /// Processes and threads.
    pub tasks: u32,
    /// MiB per second, each for reading and writing.
    pub io_mb_s: u32,
}

impl From<&Limits> for Envelope {
    fn from(l: &Limits) -> Self {
        Self { cpu_percent: l.cpu_limit_percent, memory_mb: l.memory_limit_mb, tasks: l.tasks(), io_mb_s: l.io_limit_mb_s }
    }
}

/// A cron job on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronSetting {
    /// What it is run from and at.
    pub texts: CronTexts,
    /// Whether systemd waits for its time.
    pub armed: bool,
}

/// What the file system lets an account own, where it keeps count. There is no softer limit below these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskQuota {
    /// KiB. At least 1: the file system takes 0 for "without end".
    pub kib: u64,
    /// Files and folders.
    pub files: u64,
}

impl From<&Limits> for DiskQuota {
    fn from(l: &Limits) -> Self {
        Self { kib: l.disk_quota_mb.saturating_mul(1024).max(1), files: l.files() }
    }
}

/// Who may enter a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HomeAccess {
    /// Permission bits. Those of the group are the mask of the list of named users.
    pub mode: u32,
    /// Whether the web server may pass.
    pub web_enters: bool,
}

impl HomeAccess {
    /// As a home is made.
    pub const MADE: Self = Self { mode: 0o750, web_enters: true };
}

/// A docroot to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocRoot {
    /// Where, below the home.
    pub path: DocRoot,
    /// File name and content of its starter page, which it gets when it is empty.
    pub page: Option<(&'static str, String)>,
}

/// One change. Each is safe to carry out again: what is already so stays so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Write the six files.
    SpecWrite {
        /// What was there.
        before: Option<Box<AccountSpec>>,
        /// What shall be there.
        after: Box<AccountSpec>,
    },
    /// Make user and group.
    UserCreate {
        /// Login shell.
        shell: Shell,
    },
    /// Give the user another login shell.
    UserShell {
        /// The one it had, when an account may have it.
        before: Option<Shell>,
        /// The one it shall have.
        after: Shell,
    },
    /// Lock the password and let the user expire: nobody logs in any more, whatever the way.
    LoginDeny {
        /// What it was.
        before: Login,
    },
    /// Give the user the login back that it had.
    LoginAllow {
        /// What it becomes.
        to: Login,
    },
    /// Make the home.
    HomeCreate {
        /// Its docroots.
        docroots: Vec<NewDocRoot>,
        /// Which of them `public_html` leads to.
        primary: DocRoot,
    },
    /// Say again who may enter the home.
    HomeAccess {
        /// Who might.
        before: HomeAccess,
        /// Who may.
        after: HomeAccess,
    },
    /// Make the folder of sockets, now and at every boot.
    AppSockets {
        /// The text that was to make it at boot.
        before: Option<String>,
        /// The text that shall.
        after: String,
    },
    /// Let the account log in by SSH, as these texts say.
    SshApply {
        /// What was there.
        before: Option<SshTexts>,
        /// What shall be there.
        after: SshTexts,
    },
    /// See that sshd will treat the account as meant.
    SshCheck {
        /// As meant.
        texts: SshTexts,
    },
    /// End every login of the account.
    SessionsEnd,
    /// Let nobody log in as the account any more.
    SshRemove {
        /// What was there, when all of it was.
        before: Option<SshTexts>,
    },
    /// Set the slice's limits.
    SliceSet {
        /// What was set, when all of it was.
        before: Option<Envelope>,
        /// What shall be set.
        after: Envelope,
    },
    /// Set what the file system lets the account own.
    QuotaSet {
        /// What was set.
        before: Option<DiskQuota>,
        /// What shall be set.
        after: DiskQuota,
    },
    /// Forget what the file system let the account own.
    QuotaClear,
    /// Say which ports of this host are the account's, so that other accounts cannot reach them.
    PortsGuard {
        /// Which were.
        before: BTreeSet<u16>,
        /// Which shall be.
        after: BTreeSet<u16>,
    },
    /// Let PHP listen.
    PhpEnable {
        /// Branch.
        version: PhpVersion,
        /// The texts that were there.
        before: Option<PhpTexts>,
        /// The texts that shall be there.
        after: PhpTexts,
    },
    /// Write what an app is started from. Instances beyond the new number end; none is enabled afterwards.
    AppPut {
        /// Which.
        name: AppName,
        /// The texts that were there.
        before: Option<AppTexts>,
        /// The texts that shall be there.
        after: AppTexts,
        /// Whether it was to run.
        ran: bool,
    },
    /// Start an app's instances, those that run again, now and at every boot.
    AppStart {
        /// Which.
        name: AppName,
        /// How many.
        instances: u32,
        /// Whether they must be seen to be well. Not on the way back: an app may have been ill before.
        demanded: bool,
    },
    /// End an app's instances, for this and every later boot.
    AppStop {
        /// Which.
        name: AppName,
        /// How many.
        instances: u32,
    },
    /// End an app and remove what it was started from.
    AppRemove {
        /// Which.
        name: AppName,
        /// The texts that were there.
        before: Option<AppTexts>,
        /// Whether it was to run.
        ran: bool,
    },
    /// Write what a cron job is run from and at, and let systemd wait for its time, or not. A run under way goes on.
    CronPut {
        /// Which.
        name: CronJobName,
        /// What was there.
        before: Option<CronSetting>,
        /// What shall be there.
        after: CronSetting,
    },
    /// Remove a cron job. A run under way ends.
    CronRemove {
        /// Which.
        name: CronJobName,
        /// What was there.
        before: Option<CronSetting>,
        /// Whether what is known of its runs goes too.
        forget: bool,
    },
    /// Run a cron job now, beside its times.
    CronRun {
        /// Which.
        name: CronJobName,
    },
    /// Make a further docroot.
    DocrootCreate {
        /// Which.
        docroot: NewDocRoot,
    },
    /// Make a folder that only its account sees.
    FolderCreate {
        /// Which, below the home.
        path: DocRoot,
    },
    /// Make a database, empty.
    DatabaseCreate {
        /// Which.
        name: DatabaseName,
    },
    /// Let the database users of the account be exactly these. Sessions end of those that went or changed.
    DatabaseUsers {
        /// Those that were there.
        before: SqlUsers,
        /// Those that shall be.
        after: SqlUsers,
    },
    /// Remove a database with all that is in it.
    DatabaseDrop {
        /// Which.
        name: DatabaseName,
        /// Whether it stays when something is in it.
        only_empty: bool,
    },
    /// Let the FTP logins of the account be exactly these. Sessions end when one of theirs went or became another.
    FtpLogins {
        /// Those that were let in.
        before: Option<String>,
        /// Those that shall be.
        after: Option<String>,
    },
    /// Put files there that say who may enter protected folders.
    AccessWrite {
        /// They, by name.
        files: AccessFiles,
    },
    /// Remove those that no vhost names any more.
    AccessRemove {
        /// They, by name.
        files: AccessFiles,
    },
    /// Put the vhosts live.
    WebPublish {
        /// The file that was there.
        before: Option<String>,
        /// The file that shall be there.
        after: String,
        /// Whether the folder of the site logs has to be made. One that was there stays on the way back.
        new_logs: bool,
    },
    /// See that the sites answer.
    SiteProbe {
        /// What every vhost names as its revision.
        token: Revision,
        /// Sites that must be routed to this revision.
        routed: Vec<DomainName>,
        /// New sites, which must besides answer `GET /`.
        fresh: Vec<DomainName>,
        /// Whether their page is surely ours, because the home is new too: then only 200 will do. Else anything but a gateway
        /// error is an answer.
        pristine: bool,
    },
    /// See that sites answer HTTPS with their certificates.
    CertificateProbe {
        /// The name each is asked for, and the certificate it shall show.
        sites: Vec<(DomainName, CertificateHash)>,
    },
    /// Keep a last copy of the spec and the home, made by the account itself.
    LastCopy {
        /// When the deletion was asked for: the copy is called after it.
        asked_at: Timestamp,
    },
    /// Take the vhosts off.
    WebWithdraw,
    /// Let PHP listen no more.
    PhpDisable {
        /// Branch.
        version: PhpVersion,
        /// The texts that were there.
        before: Option<PhpTexts>,
    },
    /// End whatever runs as the account.
    ProcessesEnd,
    /// Empty and remove the home.
    HomeEmpty,
    /// Remove what the account left in folders that everybody shares, such as `/tmp`.
    SharedEmpty,
    /// Forget the slice's limits.
    SliceRevert,
    /// Remove user and group.
    UserDelete,
    /// Remove the site logs.
    LogsRemove,
    /// Remove the six files.
    SpecRemove,
    /// A change of what the account has under the name it had before.
    Former {
        /// The account as it was called.
        spec: Arc<AccountSpec>,
        /// What.
        change: Box<Change>,
    },
    /// Give user and group another name.
    UserRename {
        /// The name they have.
        from: Username,
        /// The name they shall have.
        to: Username,
    },
    /// Give the home another name.
    HomeMove {
        /// The name it has.
        from: Username,
        /// The name it shall have.
        to: Username,
    },
    /// Have the six files in the folder of another name.
    SpecMove {
        /// What was there.
        before: Box<AccountSpec>,
        /// What shall be there, under its own name.
        after: Box<AccountSpec>,
    },
    /// Keep what is remembered of an account (revisions, runs, usage, logins) under another name, and let go of its folder of sockets.
    FilesMove {
        /// The name it is under.
        from: Username,
        /// The name it shall be under.
        to: Username,
    },
    /// Serve the vhosts of an account from the file of another name, and log to its folder; both files change at once.
    WebMove {
        /// The name that goes.
        from: Username,
        /// The name that comes.
        to: Username,
        /// The file that was there.
        before: Option<String>,
        /// The file that shall be there; none when there was none.
        after: Option<String>,
    },
    /// Let `public_html` in the home lead to another docroot, when it is a link.
    HomeLink {
        /// The one it led to.
        before: DocRoot,
        /// The one it shall lead to.
        after: DocRoot,
    },
    /// Write down what was applied; `None` when the account is gone.
    Record {
        /// The revision that is now on the host.
        applied: Option<Revision>,
    },
}

impl Change {
    /// The step that carries it out.
    #[must_use]
    pub fn step(&self) -> Step {
        match self {
            Self::SpecWrite { .. } => Step::SpecWrite,
            Self::UserCreate { .. } => Step::UserCreate,
            Self::UserShell { .. } => Step::UserShell,
            Self::LoginDeny { .. } => Step::LoginDeny,
            Self::LoginAllow { .. } => Step::LoginAllow,
            Self::HomeCreate { .. } => Step::HomeCreate,
            Self::HomeAccess { .. } => Step::HomeAccess,
            Self::AppSockets { .. } => Step::AppSockets,
            Self::SliceSet { .. } => Step::SliceSet,
            Self::QuotaSet { .. } => Step::QuotaSet,
            Self::QuotaClear => Step::QuotaClear,
            Self::PortsGuard { .. } => Step::PortsGuard,
            Self::SshApply { .. } => Step::SshApply,
            Self::SshRemove { .. } => Step::SshRemove,
            Self::SshCheck { .. } => Step::SshCheck,
            Self::SessionsEnd => Step::SessionsEnd,
            Self::PhpEnable { .. } => Step::PhpEnable,
            Self::AppPut { .. } => Step::AppPut,
            Self::AppStart { .. } => Step::AppStart,
            Self::AppStop { .. } => Step::AppStop,
            Self::AppRemove { .. } => Step::AppRemove,
            Self::CronPut { .. } => Step::CronPut,
            Self::CronRemove { .. } => Step::CronRemove,
            Self::CronRun { .. } => Step::CronRun,
            Self::DocrootCreate { .. } => Step::DocrootCreate,
            Self::FolderCreate { .. } => Step::FolderCreate,
            Self::DatabaseCreate { .. } => Step::DatabaseCreate,
            Self::DatabaseUsers { .. } => Step::DatabaseUsers,
            Self::DatabaseDrop { .. } => Step::DatabaseDrop,
            Self::FtpLogins { .. } => Step::FtpLogins,
            Self::AccessWrite { .. } => Step::AccessWrite,
            Self::AccessRemove { .. } => Step::AccessRemove,
            Self::WebPublish { .. } => Step::WebPublish,
            Self::SiteProbe { .. } => Step::SiteProbe,
            Self::CertificateProbe { .. } => Step::CertificateProbe,
            Self::LastCopy { .. } => Step::LastCopy,
            Self::WebWithdraw => Step::WebWithdraw,
            Self::PhpDisable { .. } => Step::PhpDisable,
            Self::ProcessesEnd => Step::ProcessesEnd,
            Self::HomeEmpty => Step::HomeEmpty,
            Self::SharedEmpty => Step::SharedEmpty,
            Self::SliceRevert => Step::SliceRevert,
            Self::UserDelete => Step::UserDelete,
            Self::LogsRemove => Step::LogsRemove,
            Self::SpecRemove => Step::SpecRemove,
            Self::Former { change, .. } => match change.as_ref() {
                Self::FtpLogins { .. } => Step::FtpClose,
                change => change.step(),
            },
            Self::UserRename { .. } => Step::UserRename,
            Self::HomeMove { .. } => Step::HomeMove,
            Self::SpecMove { .. } => Step::SpecMove,
            Self::FilesMove { .. } => Step::FilesMove,
            Self::WebMove { .. } => Step::WebMove,
            Self::HomeLink { .. } => Step::HomeLink,
            Self::Record { .. } => Step::Record,
        }
    }

    /// What takes this change back, in order. Empty when there is nothing to take back, or, for removals, no way back: a
    /// deletion is carried on, never undone.
    #[must_use]
    pub fn opposite(&self) -> Vec<Self> {
        match self {
            Self::SpecWrite { before: None, .. } => vec![Self::SpecRemove],
            Self::SpecWrite { before: Some(before), after } => {
                vec![Self::SpecWrite { before: Some(after.clone()), after: before.clone() }]
            }
            Self::UserCreate { .. } => vec![Self::UserDelete],
            Self::UserShell { before: Some(before), after } => vec![Self::UserShell { before: Some(*after), after: *before }],
            Self::LoginDeny { before } => vec![Self::LoginAllow { to: *before }],
            Self::LoginAllow { to } => vec![Self::LoginDeny { before: *to }],
            // What PHP may have started would write into the home while it is emptied, and keep the user busy afterwards.
            Self::HomeCreate { .. } => vec![Self::ProcessesEnd, Self::HomeEmpty],
            Self::HomeAccess { before, after } => vec![Self::HomeAccess { before: *after, after: *before }],
            Self::SshApply { before: None, after } => vec![Self::SshRemove { before: Some(after.clone()) }],
            Self::SshApply { before: Some(before), after } => {
                vec![Self::SshApply { before: Some(after.clone()), after: before.clone() }]
            }
            Self::SshRemove { before: Some(before) } => vec![Self::SshApply { before: None, after: before.clone() }],
            Self::SliceSet { before: None, .. } => vec![Self::SliceRevert],
            Self::SliceSet { before: Some(before), after } => vec![Self::SliceSet { before: Some(*after), after: *before }],
            Self::QuotaSet { before: None, .. } => vec![Self::QuotaClear],
            Self::QuotaSet { before: Some(before), after } => vec![Self::QuotaSet { before: Some(*after), after: *before }],
            Self::PortsGuard { before, after } => vec![Self::PortsGuard { before: after.clone(), after: before.clone() }],
            Self::PhpEnable { version, before: None, after } => {
                vec![Self::PhpDisable { version: version.clone(), before: Some(after.clone()) }]
            }
            Self::PhpEnable { version, before: Some(before), after } => {
                vec![Self::PhpEnable { version: version.clone(), before: Some(after.clone()), after: before.clone() }]
            }
            Self::PhpDisable { version, before: Some(before) } => {
                vec![Self::PhpEnable { version: version.clone(), before: None, after: before.clone() }]
            }
            // Only what was not there is made, so what goes again is empty; unless a hand was faster.
            Self::DatabaseCreate { name } => vec![Self::DatabaseDrop { name: name.clone(), only_empty: true }],
            Self::DatabaseUsers { before, after } => vec![Self::DatabaseUsers { before: after.clone(), after: before.clone() }],
            Self::FtpLogins { before, after } => vec![Self::FtpLogins { before: after.clone(), after: before.clone() }],
            Self::AccessWrite { files } => vec![Self::AccessRemove { files: files.clone() }],
            Self::AccessRemove { files } => vec![Self::AccessWrite { files: files.clone() }],
            Self::WebPublish { before: None, new_logs: true, .. } => vec![Self::WebWithdraw, Self::LogsRemove],
            Self::WebPublish { before: None, new_logs: false, .. } => vec![Self::WebWithdraw],
            Self::WebPublish { before: Some(before), after, .. } => {
                vec![Self::WebPublish { before: Some(after.clone()), after: before.clone(), new_logs: false }]
            }
            Self::AppPut { name, before: None, after, .. } => {
                vec![Self::AppRemove { name: name.clone(), before: Some(after.clone()), ran: true }]
            }
            Self::AppPut { name, before: Some(before), after, ran } => {
                let put = Self::AppPut { name: name.clone(), before: Some(after.clone()), after: before.clone(), ran: true };
                once_more(put, name, before, *ran)
            }
            Self::AppRemove { name, before: Some(before), ran } => {
                once_more(Self::AppPut { name: name.clone(), before: None, after: before.clone(), ran: false }, name, before, *ran)
            }
            // Where it ran before, the opposite of what came before this starts it again.
            Self::AppStart { name, instances, .. } => vec![Self::AppStop { name: name.clone(), instances: *instances }],
            Self::AppStop { name, instances } => {
                vec![Self::AppStart { name: name.clone(), instances: *instances, demanded: false }]
            }
            Self::CronPut { name, before: None, after } => {
                vec![Self::CronRemove { name: name.clone(), before: Some(after.clone()), forget: false }]
            }
            Self::CronPut { name, before: Some(before), after } => {
                vec![Self::CronPut { name: name.clone(), before: Some(after.clone()), after: before.clone() }]
            }
            Self::CronRemove { name, before: Some(before), .. } => {
                vec![Self::CronPut { name: name.clone(), before: None, after: before.clone() }]
            }
            Self::Former { spec, change } => {
                let former = |change| Self::Former { spec: Arc::clone(spec), change: Box::new(change) };
                change.opposite().into_iter().map(former).collect()
            }
            // A user that is in use cannot be renamed, and some of it may have come back already.
            Self::UserRename { from, to } => {
                vec![Self::ProcessesEnd, Self::UserRename { from: to.clone(), to: from.clone() }]
            }
            Self::HomeMove { from, to } => vec![Self::HomeMove { from: to.clone(), to: from.clone() }],
            Self::SpecMove { before, after } => vec![Self::SpecMove { before: after.clone(), after: before.clone() }],
            Self::FilesMove { from, to } => vec![Self::FilesMove { from: to.clone(), to: from.clone() }],
            Self::WebMove { from, to, before, after } => {
                vec![Self::WebMove { from: to.clone(), to: from.clone(), before: after.clone(), after: before.clone() }]
            }
            Self::HomeLink { before, after } => vec![Self::HomeLink { before: after.clone(), after: before.clone() }],
            Self::UserShell { before: None, .. }
            | Self::AppRemove { before: None, .. }
            | Self::CronRemove { before: None, .. }
            | Self::CronRun { .. }
            | Self::DatabaseDrop { .. }
            | Self::SshRemove { before: None }
            | Self::AppSockets { .. }
            | Self::SshCheck { .. }
            | Self::SessionsEnd
            | Self::DocrootCreate { .. }
            | Self::FolderCreate { .. }
            | Self::SiteProbe { .. }
            | Self::CertificateProbe { .. }
            | Self::LastCopy { .. }
            | Self::WebWithdraw
            | Self::PhpDisable { before: None, .. }
            | Self::ProcessesEnd
            | Self::HomeEmpty
            | Self::SharedEmpty
            | Self::SliceRevert
            | Self::QuotaClear
            | Self::UserDelete
            | Self::LogsRemove
            | Self::SpecRemove
            | Self::Record { .. } => Vec::new(),
        }
    }
}

/// An app put back, and started where it was to run.
fn once_more(put: Change, name: &AppName, texts: &AppTexts, ran: bool) -> Vec<Change> {
    let start = ran.then(|| Change::AppStart { name: name.clone(), instances: texts.instances, demanded: false });
    std::iter::once(put).chain(start).collect()
}

/// What takes a list of changes back: the opposites, last change first.
#[must_use]
pub fn undo(changes: &[Change]) -> Vec<Change> {
    changes.iter().rev().flat_map(Change::opposite).collect()
}
