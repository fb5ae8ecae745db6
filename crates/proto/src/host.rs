//! The operations a host daemon carries out, their answers and errors.
//!
//! One connection carries one [`Request`]. The daemon answers with any number of [`Message::Event`] and exactly one
//! [`Message::Reply`], then closes. A request id names the work for good: the same id sent again after a lost connection is
//! never carried out twice, it is answered with the outcome (or waits for it).

use nusantara_types::apps::NodeApp;
use nusantara_types::sites::{PhpIni, Realm, UrlPath, VisitorHash, VisitorName};
use nusantara_types::{
    AccountSpec, AccountStatus, Actor, AppName, DocRoot, DomainKind, DomainName, EmailAddress, Package, PackageName, PhpVersion, RequestId,
    Revision, SiteSettings, Timestamp, Username,
};
use serde::{Deserialize, Serialize};

/// The protocol version; a daemon refuses any other.
pub const PROTOCOL_VERSION: u32 = 1;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`PROTOCOL_VERSION`].
    pub version: u32,
    /// Names this work; also the idempotency key.
    pub id: RequestId,
    /// Who asked the caller, for the ledger. Grants nothing.
    pub actor: Actor,
    /// What to do.
    pub operation: Operation,
}

/// Everything a host daemon can be asked to do. There is no "run this".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// What this host is and has.
    Describe {},
    /// Accounts after a name, in order, at most `limit` (1 to 200).
    AccountList {
        /// Start after this name.
        after: Option<Username>,
        /// How many.
        limit: u32,
    },
    /// One account with its spec.
    AccountShow {
        /// Which.
        username: Username,
    },
    /// What a converge or a deletion would change, without changing it.
    AccountPlan {
        /// Which.
        username: Username,
        /// What for.
        intent: PlanIntent,
    },
    /// Make an account and publish its primary site.
    AccountCreate(AccountCreate),
    /// Remove an account and everything it owns on this host.
    AccountDelete {
        /// Which.
        username: Username,
    },
    /// Publish a further domain of an account.
    SiteAdd(SiteAdd),
    /// Give a site other settings or another folder.
    SiteUpdate(SiteUpdate),
    /// Say who may enter which parts of a site.
    SiteProtect(SiteProtect),
    /// Take a domain of an account (not its primary one) off the air. Files stay.
    SiteRemove {
        /// Whose.
        username: Username,
        /// Which.
        domain: DomainName,
    },
    /// What all PHP sites of an account start from.
    PhpUpdate(PhpUpdate),
    /// Make an app of an account, or give it other settings.
    AppPut {
        /// Whose.
        username: Username,
        /// The app as it shall be.
        app: NodeApp,
    },
    /// Remove an app that no site leads to. Its files stay.
    AppRemove {
        /// Whose.
        username: Username,
        /// Which.
        name: AppName,
    },
    /// Start an app's instances again.
    AppRestart {
        /// Whose.
        username: Username,
        /// Which.
        name: AppName,
    },
    /// How the apps of an account are.
    AppStates {
        /// Whose.
        username: Username,
    },
    /// The end of a log, or what has come to it since.
    LogRead(LogRead),
    /// What an account uses now.
    AccountUsage {
        /// Whose.
        username: Username,
    },
    /// The packages of this host.
    PackageList {},
    /// What became of an earlier request.
    Outcome {
        /// Its id.
        request: RequestId,
    },
}

/// Arguments of [`Operation::AccountCreate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountCreate {
    /// The Linux user to make.
    pub username: Username,
    /// Its first site.
    pub primary_domain: DomainName,
    /// Where its limits come from.
    pub package: PackageName,
    /// Whom to write to.
    pub contact_email: Option<EmailAddress>,
    /// PHP branch; the newest installed when absent.
    pub php_version: Option<PhpVersion>,
}

/// Arguments of [`Operation::SiteAdd`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteAdd {
    /// Whose.
    pub username: Username,
    /// The new name.
    pub domain: DomainName,
    /// What it becomes: addon, subdomain or alias. When absent, a subdomain below a domain of the account, else an addon domain.
    pub kind: Option<DomainKind>,
    /// Its folder; `domains/<domain>/public_html` when absent. Not for an alias.
    pub docroot: Option<DocRoot>,
    /// Its runtime and options, without protected folders. Not for an alias.
    pub settings: SiteSettings,
    /// Whether it may lie below or above a domain of another account: with that account's or an administrator's consent.
    pub below_foreign: bool,
}

/// Arguments of [`Operation::SiteUpdate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteUpdate {
    /// Whose.
    pub username: Username,
    /// Which.
    pub domain: DomainName,
    /// Its new folder; as it is when absent. Files do not move.
    pub docroot: Option<DocRoot>,
    /// All its settings as they shall be, except the protected folders, which stay as they are.
    pub settings: SiteSettings,
}

/// Arguments of [`Operation::SiteProtect`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteProtect {
    /// Whose.
    pub username: Username,
    /// Which.
    pub domain: DomainName,
    /// All protected folders as they shall be.
    pub folders: Vec<FolderChange>,
}

/// A protected folder as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderChange {
    /// It and everything below it.
    pub path: UrlPath,
    /// What the browser shows.
    pub realm: Realm,
    /// Who may enter.
    pub visitors: Vec<VisitorChange>,
}

/// A visitor as they shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitorChange {
    /// Name.
    pub name: VisitorName,
    /// Hash of the new password; the one they have in this folder when absent.
    pub hash: Option<VisitorHash>,
}

/// Arguments of [`Operation::PhpUpdate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhpUpdate {
    /// Whose.
    pub username: Username,
    /// The branch of sites that name none.
    pub version: PhpVersion,
    /// Settings of all sites.
    pub ini: PhpIni,
}

/// Arguments of [`Operation::LogRead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogRead {
    /// Whose.
    pub username: Username,
    /// Which.
    pub log: LogName,
    /// At most so many lines, 1 to 1,000.
    pub lines: u32,
    /// What an earlier page gave: lines that came after it. The last lines when absent.
    pub after: Option<String>,
}

/// A log of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LogName {
    /// Requests of a site, a JSON object per line.
    Access(DomainName),
    /// Errors of a site, in nginx's words.
    Error(DomainName),
    /// PHP's own messages.
    Php {},
    /// What an app wrote.
    App(AppName),
}

/// What a plan is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanIntent {
    /// Bring the host to the spec.
    Converge,
    /// Remove the account.
    Delete,
}

/// What comes back on a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Message {
    /// Progress.
    Event(Event),
    /// The end.
    Reply(Reply),
}

/// Progress of a running operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The steps to come, in order. Sent once, first.
    Steps {
        /// Their names.
        steps: Vec<Step>,
    },
    /// A step changed its state.
    Step {
        /// Index into the list of [`Event::Steps`].
        index: u32,
        /// Its new state.
        state: StepState,
        /// A line for people, such as what nginx said.
        message: Option<String>,
    },
}

/// One step of an operation. The name is stable (`user.create`); the summary is for people, in English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Stable name, which the UI translates.
    pub name: String,
    /// One line saying what it does, with the names in it.
    pub summary: String,
}

/// State of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Begun.
    Running,
    /// Done.
    Success,
    /// Failed; what was done before is being undone.
    Failed,
    /// Was done, then taken back.
    Undone,
}

/// The end of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The request's id; the nil id when the request could not be read.
    pub id: RequestId,
    /// What came of it.
    pub result: Result<Answer, OperationError>,
}

/// Answers, one per operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// To [`Operation::Describe`].
    Description(HostDescription),
    /// To [`Operation::AccountList`].
    Accounts {
        /// In order of name.
        accounts: Vec<AccountSummary>,
        /// Whether there are more.
        more: bool,
    },
    /// To [`Operation::AccountShow`].
    Account(Box<AccountState>),
    /// To [`Operation::AccountPlan`].
    Plan(Plan),
    /// To a create or a site operation: the account as it now is.
    Applied(AccountSummary),
    /// To [`Operation::AccountDelete`].
    Deleted {
        /// What could not be removed, each as a sentence.
        leftovers: Vec<String>,
    },
    /// To [`Operation::AppStates`].
    Apps {
        /// In order of name.
        apps: Vec<AppState>,
    },
    /// To [`Operation::LogRead`].
    Log(LogPage),
    /// To [`Operation::AccountUsage`].
    Usage(AccountUsage),
    /// To [`Operation::PackageList`].
    Packages {
        /// In order of name.
        packages: Vec<Package>,
    },
    /// To [`Operation::Outcome`].
    Outcome(Outcome),
}

/// How an app is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppState {
    /// Its name.
    pub name: AppName,
    /// Its instances, in order.
    pub instances: Vec<InstanceState>,
}

/// How an instance of an app is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceState {
    /// systemd's word: `active`, `activating`, `failed`, `inactive`, `deactivating`.
    pub state: String,
    /// systemd's finer word, such as `running` or `auto-restart`.
    pub sub_state: String,
    /// When it last came into this state.
    pub since: Option<Timestamp>,
    /// How often systemd has started it again.
    pub restarts: u32,
    /// Bytes of memory it has.
    pub memory_bytes: Option<u64>,
    /// How it ended, when it ended: an exit status or a signal, in words.
    pub ended: Option<String>,
}

/// A piece of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogPage {
    /// Lines, oldest first, without what a terminal would obey; each at most 8 KiB.
    pub lines: Vec<String>,
    /// Where the next page begins.
    pub after: String,
}

/// What an account uses. Counters count from when its slice came up and fall back to 0 with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountUsage {
    /// Microseconds of CPU.
    pub cpu_usec: u64,
    /// Microseconds for which it was held back by its CPU limit.
    pub cpu_throttled_usec: u64,
    /// Bytes of memory now.
    pub memory_bytes: u64,
    /// The most there were.
    pub memory_peak_bytes: Option<u64>,
    /// Processes killed for want of memory.
    pub oom_kills: u64,
    /// Processes and threads now.
    pub tasks: u64,
    /// Bytes read from disks.
    pub io_read_bytes: u64,
    /// Bytes written to disks.
    pub io_write_bytes: u64,
    /// Share of the last 60 s in which something waited for CPU, memory or disk: hundredths of a percent each; absent where the
    /// kernel does not measure it.
    pub pressure: Option<Pressure>,
    /// Bytes on disk.
    pub disk_bytes: Option<u64>,
    /// When the disk was measured; absent when the file system counts by itself.
    pub disk_measured_at: Option<Timestamp>,
    /// Bytes sent to visitors this calendar month (UTC).
    pub sent_bytes: u64,
}

/// Pressure stall information (kernel.org, "PSI").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pressure {
    /// CPU.
    pub cpu: u32,
    /// Memory.
    pub memory: u32,
    /// Disk.
    pub io: u32,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// Never heard of it: nothing was done.
    Unknown,
    /// Still at work.
    Running,
    /// Ended like this.
    Ended(Box<Reply>),
}

/// A host as its daemon sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostDescription {
    /// The daemon's version.
    pub hostd_version: String,
    /// The host's name.
    pub hostname: String,
    /// `ID` of os-release, such as `debian`.
    pub os_id: String,
    /// `VERSION_ID` of os-release, such as `12`.
    pub os_version: String,
    /// `PRETTY_NAME` of os-release.
    pub os_name: String,
    /// systemd's version number.
    pub systemd: Option<u32>,
    /// nginx's version, such as `1.22.1`.
    pub nginx: Option<String>,
    /// PHP branches with FPM installed, ascending.
    pub php: Vec<PhpVersion>,
    /// Whether cgroup v2 controllers are there, so that limits bind.
    pub cgroup_controllers: Vec<String>,
    /// Whether the home file system has user quotas switched on.
    pub home_quota: bool,
    /// Bytes free on the file system of the homes.
    pub home_free_bytes: u64,
}

/// A line of the account list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSummary {
    /// Name.
    pub username: Username,
    /// Uid.
    pub uid: u32,
    /// Active or suspended.
    pub status: AccountStatus,
    /// Package.
    pub package: PackageName,
    /// Contact.
    pub contact_email: Option<EmailAddress>,
    /// Revision of the spec on disk.
    pub revision: Revision,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its sites and aliases.
    pub domains: Vec<DomainSummary>,
}

/// A domain of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainSummary {
    /// Name.
    pub domain: DomainName,
    /// Kind of claim.
    pub kind: DomainKind,
    /// Absolute folder it serves from.
    pub root_path: String,
    /// How it answers, such as `php`.
    pub runtime: nusantara_types::Runtime,
    /// PHP branch when the runtime is PHP.
    pub php_version: Option<PhpVersion>,
}

/// An account with its whole spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountState {
    /// The line of the list.
    pub summary: AccountSummary,
    /// The six files.
    pub spec: AccountSpec,
}

/// The ordered list of changes between what is wanted and what is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Whose.
    pub username: Username,
    /// What for.
    pub intent: PlanIntent,
    /// In the order they would be carried out; empty when nothing would change.
    pub changes: Vec<PlannedChange>,
}

/// One change of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedChange {
    /// What kind of change.
    pub action: ChangeAction,
    /// The step that carries it out, such as `user.create`.
    pub step: String,
    /// What is touched, such as `user joko` or `/home/joko`.
    pub target: String,
    /// One line for people, in English.
    pub summary: String,
    /// Unified diff or list of details, when there is something to read.
    pub detail: Option<String>,
}

/// Kind of a planned change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// Something new.
    Create,
    /// Something different.
    Update,
    /// Something gone.
    Remove,
}

/// Why an operation did not happen. `message` is a sentence for people and never holds paths, argv or source chains that the
/// caller has no business with; `detail` is what a tool such as nginx said, meant for the admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(deny_unknown_fields)]
#[error("{code:?}: {message}")]
pub struct OperationError {
    /// For machines.
    pub code: ErrorCode,
    /// The argument at fault.
    pub field: Option<String>,
    /// For people.
    pub message: String,
    /// What the refusing tool said.
    pub detail: Option<String>,
}

impl OperationError {
    /// An error without field or detail.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, field: None, message: message.into(), detail: None }
    }
    /// Names the argument at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
    /// Adds what the refusing tool said.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The frame or its JSON is not a request.
    Malformed,
    /// Another protocol version.
    Version,
    /// A value is well formed but not allowed here.
    Invalid,
    /// No such account, domain or package.
    NotFound,
    /// The name is taken: by an account, a system user or another account's domain.
    Conflict,
    /// A limit of the account's package is reached.
    LimitReached,
    /// Too many requests at once, or the daemon is stopping. Trying again later is right.
    Busy,
    /// The web server's test refused the configuration; nothing live was touched.
    ConfigRefused,
    /// The host did not do as asked (a tool failed, a disk is full); undone.
    HostFailed,
    /// Undoing failed too; a person has to look. The ledger has the details.
    UndoFailed,
}

impl ErrorCode {
    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(self, Self::Busy)
    }
}
