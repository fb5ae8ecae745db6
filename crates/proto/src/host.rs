//! The operations a host daemon carries out, their answers and errors.
//!
//! One connection carries one [`Request`]. The daemon answers with any number of [`Message::Event`] and exactly one
//! [`Message::Reply`], then closes. A request id names the work for good: the same id sent again after a lost connection is
//! never carried out twice, it is answered with the outcome (or waits for it).

mod accounts;
mod apps;
mod certificates;
mod cron;
mod databases;
mod describe;
mod drift;
mod error;
mod ftp;
mod history;
mod import;
mod last_copies;
mod ledger;
mod life;
mod logs;
mod plan;
mod sites;
mod ssh;
mod usage;

pub use accounts::{AccountCreate, AccountState, AccountSummary, DomainSummary};
pub use apps::{AppState, InstanceState};
pub use certificates::{CertificateChallenge, CertificateInstall, CertificateRequest, ChallengeAnswer, SiteTls};
pub use cron::{CronOutput, CronState, CronTimes};
pub use databases::{DatabaseList, DatabasePassword, DatabaseState, DatabaseUserPut};
pub use describe::HostDescription;
pub use drift::{DriftAdopt, DriftItem, DriftReport, Survey, Surveyed};
pub use error::{ErrorCode, OperationError};
pub use ftp::{FtpAdd, FtpUpdate};
pub use history::{AccountRollback, FieldChange, RevisionDiff, RevisionEntry, RevisionLabel};
pub use import::{AccountAdopt, AccountImport, Foreseen};
pub use last_copies::LastCopy;
pub use ledger::{LedgerLine, LedgerPage, LedgerPhase};
pub use life::{
    AccountPassword, AccountRename, AccountSuspend, AccountUpdate, Edit, KeepOld, LimitChange, LimitsEdit, PackageEffect, PasswordEdit,
    PrimaryDomain,
};
pub use logs::{LogName, LogPage, LogRead};
use nusantara_types::apps::{EnvValue, NodeApp};
use nusantara_types::audit::{AuditHash, AuditSeal, SealKey};
use nusantara_types::certificates::ChainPem;
use nusantara_types::cron::{CronJob, CronRun};
use nusantara_types::{
    Actor, AppName, CronJobName, DatabaseName, DatabaseUserName, DomainName, FtpName, Package, PackageName, RequestId, RevisionName,
    Schedule, Username,
};
pub use plan::{ChangeAction, Plan, PlanIntent, PlannedChange};
use serde::{Deserialize, Serialize};
pub use sites::{FolderChange, NameStanding, PhpUpdate, SiteAdd, SiteProtect, SiteUpdate, VisitorChange};
pub use ssh::{SshKeyAdd, SshKeyRemove, SshState, SshUpdate};
pub use usage::{AccountUsage, Pressure};

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
    /// The request that this one is a part of, such as one account of a job about many; for the ledger, grants nothing. The panel's
    /// audit trail knows the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<RequestId>,
}

impl Request {
    /// The request as it may be written down: without what is secret in it.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        Self { operation: self.operation.without_secrets(), ..self.clone() }
    }
}

impl Operation {
    /// The operation as it may be written down: a password is withheld, and of an app's environment what the variables say.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let mut operation = self.clone();
        match &mut operation {
            Self::AccountPassword(AccountPassword { password: password @ PasswordEdit::Set(_), .. }) => {
                *password = PasswordEdit::Withheld {};
            }
            Self::AccountImport(AccountImport { spec, .. }) => *spec = None,
            Self::CertificateInstall(CertificateInstall { key, .. }) => *key = None,
            Self::DatabaseUserPut(DatabaseUserPut { hash, .. }) | Self::DatabasePassword(DatabasePassword { hash, .. }) => *hash = None,
            Self::AppPut { app, .. } => app.env.values_mut().for_each(|value| *value = EnvValue::withheld()),
            _ => {}
        }
        operation
    }
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
    /// Applied revisions of an account, newest first, at most `limit` (1 to 200).
    RevisionList {
        /// Whose.
        username: Username,
        /// Only those with a lower number.
        before: Option<u32>,
        /// How many.
        limit: u32,
    },
    /// What is different between two revisions of an account.
    RevisionDiff {
        /// Whose.
        username: Username,
        /// The one that is compared.
        from: RevisionName,
        /// The one it is compared with.
        to: RevisionName,
    },
    /// What going back to a revision would change, without changing it.
    RollbackPlan(AccountRollback),
    /// Go back to what a revision asked for. What the account *is* stays: its names, uid, age, password, and whether it serves.
    AccountRollback(AccountRollback),
    /// What importing a document would change, without changing it.
    ImportPlan(AccountImport),
    /// Make an account from a document, or bring one to it.
    AccountImport(AccountImport),
    /// What adopting a tree would change, without changing it.
    AdoptPlan(AccountAdopt),
    /// Bring the host to a tree that was written or edited by hand.
    AccountAdopt(AccountAdopt),
    /// Accounts after a name that are not as their files say, in order, of at most `limit` (1 to 1,000) that are looked at.
    AccountSurvey {
        /// Start after this name.
        after: Option<Username>,
        /// How many to look at.
        limit: u32,
    },
    /// What is not as it should be of one account, with what can be done about it.
    AccountDrift {
        /// Which.
        username: Username,
    },
    /// Bring the host to what an account's files say, whatever is there of it.
    AccountConverge {
        /// Which.
        username: Username,
    },
    /// Take what was changed by hand into an account's files.
    DriftAdopt(DriftAdopt),
    /// Put an account back to what was applied last, its files too. What is written over is kept.
    DriftOverwrite {
        /// Which.
        username: Username,
    },
    /// What is not as it should be of what all accounts share.
    HostDrift {},
    /// Put that right.
    HostConverge {},
    /// Make an account and publish its primary site.
    AccountCreate(AccountCreate),
    /// Remove an account and everything it owns on this host.
    AccountDelete {
        /// Which.
        username: Username,
        /// Whether a last copy of its files and its spec is kept; then nothing is removed before that is whole.
        #[serde(default)]
        last_copy: bool,
    },
    /// The last copies that this host keeps of accounts that were deleted.
    LastCopyList {},
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
    /// Make an FTP login of an account.
    FtpAdd(FtpAdd),
    /// Give an FTP login another folder or password, or switch it on or off.
    FtpUpdate(FtpUpdate),
    /// Remove an FTP login. Its files stay.
    FtpRemove {
        /// Whose.
        username: Username,
        /// Which.
        name: FtpName,
    },
    /// What the sites of an account answer HTTPS with.
    CertificateList {
        /// Whose.
        username: Username,
    },
    /// The chain that a site answers with, when it has one of its own.
    CertificateShow {
        /// Whose.
        username: Username,
        /// Which site.
        domain: DomainName,
    },
    /// Make a key for a site, and a request (RFC 2986) that can be signed for it. What is in force stays.
    CertificateRequest(CertificateRequest),
    /// Answer a challenge of an authority at a name of an account, or answer none there any more.
    CertificateChallenge(CertificateChallenge),
    /// Have a site answer with a certificate, and see that it does.
    CertificateInstall(CertificateInstall),
    /// Have a site answer with the host's own certificate again, and forget its key.
    CertificateRemove {
        /// Whose.
        username: Username,
        /// Which site.
        domain: DomainName,
    },
    /// Make a database of an account on MariaDB, empty.
    DatabaseAdd {
        /// Whose.
        username: Username,
        /// Which; it begins with the account's name.
        name: DatabaseName,
    },
    /// Remove a database with all that is in it, and what users may do in it.
    DatabaseRemove {
        /// Whose.
        username: Username,
        /// Which.
        name: DatabaseName,
    },
    /// Make a database user of an account, or say what it may do. Its sessions end.
    DatabaseUserPut(DatabaseUserPut),
    /// Remove a database user. Its sessions end; databases stay.
    DatabaseUserRemove {
        /// Whose.
        username: Username,
        /// Which.
        name: DatabaseUserName,
    },
    /// Give a database user another password. Its sessions end.
    DatabasePassword(DatabasePassword),
    /// How large the databases of an account are.
    DatabaseList {
        /// Whose.
        username: Username,
    },
    /// How the apps of an account are.
    AppStates {
        /// Whose.
        username: Username,
    },
    /// The end of a log, or what has come to it since.
    LogRead(LogRead),
    /// Make a cron job of an account, or give it other settings.
    CronPut {
        /// Whose.
        username: Username,
        /// The job as it shall be.
        job: CronJob,
        /// Whether there must not be one of that name yet.
        new: bool,
    },
    /// Remove a cron job and what is known of its runs. A run under way ends.
    CronRemove {
        /// Whose.
        username: Username,
        /// Which.
        name: CronJobName,
    },
    /// Run a cron job now, unless it runs.
    CronRun {
        /// Whose.
        username: Username,
        /// Which.
        name: CronJobName,
    },
    /// How the cron jobs of an account are.
    CronStates {
        /// Whose.
        username: Username,
    },
    /// The last runs of a cron job.
    CronRuns {
        /// Whose.
        username: Username,
        /// Which.
        name: CronJobName,
    },
    /// What a run of a cron job wrote.
    CronOutput(CronOutput),
    /// When a schedule would run on this host.
    CronTimes {
        /// Which.
        schedule: Schedule,
        /// How many runs, 1 to 100.
        count: u32,
    },
    /// What an account uses now.
    AccountUsage {
        /// Whose.
        username: Username,
    },
    /// Switch an account off: nobody logs in, nothing runs, its sites say that it is suspended.
    AccountSuspend(AccountSuspend),
    /// Switch it on again, as it was.
    AccountUnsuspend {
        /// Which.
        username: Username,
    },
    /// Change what is said of an account, its shell or its limits.
    AccountUpdate(AccountUpdate),
    /// Set or remove its password.
    AccountPassword(AccountPassword),
    /// Give it another name: user, home and everything that carries the name. Nothing of it runs meanwhile.
    AccountRename(AccountRename),
    /// Give its primary site another name, or another of its sites that place.
    PrimaryDomain(PrimaryDomain),
    /// Pause the sites of an account that has used up its traffic, or let them go on when it has not.
    TrafficEnforce {
        /// Whose.
        username: Username,
    },
    /// Say how an account may log in by SSH.
    SshUpdate(SshUpdate),
    /// Let a key in.
    SshKeyAdd(SshKeyAdd),
    /// Let a key in no more. Who is logged in is logged out.
    SshKeyRemove(SshKeyRemove),
    /// How an account may log in, and how it did.
    SshShow {
        /// Whose.
        username: Username,
    },
    /// How a name stands to an account that may want it.
    NameStanding {
        /// Who wants it.
        username: Username,
        /// Which.
        domain: DomainName,
    },
    /// The packages of this host.
    PackageList {},
    /// Make a package, or give it other limits. Accounts keep theirs.
    PackagePut {
        /// As it shall be.
        package: Package,
        /// Whether it must be new.
        create: bool,
    },
    /// Remove a package that no account has.
    PackageRemove {
        /// Which.
        name: PackageName,
    },
    /// What applying a package to the accounts that have it would do, in order of name.
    PackagePlan {
        /// Which.
        name: PackageName,
        /// Start after this account.
        after: Option<Username>,
        /// How many accounts to look at (1 to 200).
        limit: u32,
    },
    /// Sign that the panel's audit trail now ends in this row. A row once sealed is never sealed with another hash, nor one before it.
    AuditSeal {
        /// The row.
        id: i64,
        /// Its hash.
        hash: AuditHash,
    },
    /// The last seal, and the key that seals are checked with.
    AuditSealed {},
    /// What the ledger says, some lines at a time. It is not changed by that.
    LedgerRead {
        /// Go on here, as the answer before said; from the newest 32 MiB on when absent.
        from: Option<u64>,
    },
    /// What became of an earlier request.
    Outcome {
        /// Its id.
        request: RequestId,
    },
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
    Description(Box<HostDescription>),
    /// To [`Operation::AccountList`].
    Accounts {
        /// In order of name.
        accounts: Vec<AccountSummary>,
        /// Whether there are more.
        more: bool,
    },
    /// To [`Operation::AccountShow`].
    Account(Box<AccountState>),
    /// To [`Operation::AccountPlan`] and its like.
    Plan(Plan),
    /// To [`Operation::ImportPlan`] and [`Operation::AdoptPlan`].
    Foreseen(Box<Foreseen>),
    /// To [`Operation::RevisionList`].
    Revisions {
        /// Newest first.
        revisions: Vec<RevisionEntry>,
        /// Whether there are older ones.
        more: bool,
    },
    /// To [`Operation::RevisionDiff`].
    RevisionDiff(Box<RevisionDiff>),
    /// To [`Operation::AccountSurvey`].
    Survey(Survey),
    /// To [`Operation::AccountDrift`].
    Drift(DriftReport),
    /// To [`Operation::HostDrift`].
    HostDrift {
        /// None of them can be adopted.
        items: Vec<DriftItem>,
    },
    /// To a create or a site operation: the account as it now is.
    Applied(AccountSummary),
    /// To [`Operation::AccountDelete`].
    Deleted {
        /// What could not be removed, each as a sentence.
        leftovers: Vec<String>,
    },
    /// To [`Operation::LastCopyList`].
    LastCopies {
        /// Newest first, at most 500.
        copies: Vec<LastCopy>,
        /// How many days each is kept.
        days: u16,
    },
    /// To [`Operation::CertificateList`].
    Certificates {
        /// The primary site first.
        sites: Vec<SiteTls>,
    },
    /// To [`Operation::CertificateShow`].
    CertificateChain {
        /// The site's certificate first.
        chain: ChainPem,
    },
    /// To [`Operation::CertificateRequest`].
    CertificateRequest {
        /// As PEM.
        request: String,
    },
    /// To [`Operation::AppStates`].
    Apps {
        /// In order of name.
        apps: Vec<AppState>,
    },
    /// To [`Operation::LogRead`].
    Log(LogPage),
    /// To [`Operation::CronStates`].
    CronJobs {
        /// In order of name.
        jobs: Vec<CronState>,
    },
    /// To [`Operation::CronRuns`].
    CronRuns {
        /// Latest first, at most 50.
        runs: Vec<CronRun>,
    },
    /// To [`Operation::CronOutput`].
    CronOutput {
        /// The last lines, oldest first, each with its time, without what a terminal would obey; none when the host's journal
        /// has let go of them.
        lines: Vec<String>,
    },
    /// To [`Operation::CronTimes`].
    CronTimes(CronTimes),
    /// To [`Operation::AccountUsage`].
    Usage(AccountUsage),
    /// To [`Operation::DatabaseList`].
    Databases(DatabaseList),
    /// To [`Operation::SshShow`].
    Ssh(Box<SshState>),
    /// To [`Operation::NameStanding`].
    NameStanding(NameStanding),
    /// To [`Operation::PackageList`].
    Packages {
        /// In order of name.
        packages: Vec<Package>,
    },
    /// To [`Operation::AccountPassword`], [`Operation::CertificateChallenge`], [`Operation::HostConverge`], [`Operation::PackagePut`] and [`Operation::PackageRemove`].
    Done {},
    /// To [`Operation::PackagePlan`].
    PackagePlan {
        /// In order of name.
        accounts: Vec<PackageEffect>,
        /// Whether there are more.
        more: bool,
    },
    /// To [`Operation::AuditSeal`] and [`Operation::AuditSealed`].
    AuditSealed {
        /// The key.
        key: SealKey,
        /// The last seal, if there is one.
        seal: Option<AuditSeal>,
    },
    /// To [`Operation::LedgerRead`].
    Ledger(LedgerPage),
    /// To [`Operation::Outcome`].
    Outcome(Outcome),
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
