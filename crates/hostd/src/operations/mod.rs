//! The operations, one file each, and what all changing ones share: at most once, written down before and after.

mod account_adopt;
mod account_create;
mod account_delete;
mod account_import;
mod account_list;
mod account_password;
mod account_plan;
mod account_rename;
mod account_show;
mod account_survey;
mod account_suspend;
mod account_update;
mod account_usage;
mod app_log;
mod app_put;
mod app_remove;
mod app_restart;
mod app_states;
mod audit_seal;
mod carry;
mod certificate_install;
mod certificate_read;
mod certificate_request;
mod cron_put;
mod cron_read;
mod cron_remove;
mod cron_run;
mod database_add;
mod database_list;
mod database_password;
mod database_remove;
mod database_user_put;
mod database_user_remove;
mod describe;
mod drift;
mod edit;
mod ftp_add;
mod ftp_remove;
mod ftp_update;
mod history;
mod host_drift;
mod last_copy_list;
mod ledger_read;
mod log_read;
mod name_standing;
mod packages;
mod php_update;
mod primary_domain;
mod site_add;
mod site_protect;
mod site_remove;
mod site_update;
pub(crate) mod spec;
mod ssh_keys;
mod ssh_show;
mod ssh_update;
mod traffic_enforce;

use crate::converge::{self, Failed, Work};
use crate::daemon::Daemon;
use crate::requests::{Admission, Running};
use crate::state::host_failed;
use crate::state::journal::{Edit, Entry, Made};
use nusantara_host::{HostError, HostErrorKind};
use nusantara_plan::change::Change;
use nusantara_proto::host::{AccountImport, Answer, ErrorCode, Operation, OperationError, Outcome, PROTOCOL_VERSION, Reply, Request};
use nusantara_types::RequestId;
use std::sync::Arc;
use std::time::Duration;

/// How long a reading operation may take.
const READ_PATIENCE: Duration = Duration::from_secs(60);

/// A changing request while it is carried out.
pub(crate) struct Call {
    /// What was asked.
    pub(crate) request: Request,
    /// Who asked, as the kernel knows it.
    pub(crate) peer_uid: u32,
    /// Where its progress goes.
    pub(crate) running: Arc<Running>,
}

/// What becomes of a request that just arrived.
pub(crate) enum Accepted {
    /// This is the reply.
    Reply(Box<Reply>),
    /// It is being carried out; follow it.
    Running(Arc<Running>),
}

/// Whether an operation changes the host.
const fn changes(operation: &Operation) -> bool {
    match operation {
        Operation::AccountCreate(_)
        | Operation::AccountConverge { .. }
        | Operation::DriftAdopt(_)
        | Operation::DriftOverwrite { .. }
        | Operation::HostConverge {}
        | Operation::AccountDelete { .. }
        | Operation::SiteAdd(_)
        | Operation::SiteUpdate(_)
        | Operation::SiteProtect(_)
        | Operation::SiteRemove { .. }
        | Operation::PhpUpdate(_)
        | Operation::CertificateRequest(_)
        | Operation::CertificateChallenge(_)
        | Operation::CertificateInstall(_)
        | Operation::CertificateRemove { .. }
        | Operation::AppPut { .. }
        | Operation::AppRemove { .. }
        | Operation::AppRestart { .. }
        | Operation::CronPut { .. }
        | Operation::CronRemove { .. }
        | Operation::CronRun { .. }
        | Operation::AccountSuspend(_)
        | Operation::AccountUnsuspend { .. }
        | Operation::AccountUpdate(_)
        | Operation::AccountPassword(_)
        | Operation::AccountRename(_)
        | Operation::PrimaryDomain(_)
        | Operation::PackagePut { .. }
        | Operation::PackageRemove { .. }
        | Operation::TrafficEnforce { .. }
        | Operation::DatabaseAdd { .. }
        | Operation::DatabaseRemove { .. }
        | Operation::DatabaseUserPut(_)
        | Operation::DatabaseUserRemove { .. }
        | Operation::DatabasePassword(_)
        | Operation::FtpAdd(_)
        | Operation::FtpUpdate(_)
        | Operation::FtpRemove { .. }
        | Operation::SshUpdate(_)
        | Operation::SshKeyAdd(_)
        | Operation::SshKeyRemove(_)
        | Operation::AccountRollback(_)
        | Operation::AccountImport(_)
        | Operation::AccountAdopt(_) => true,
        Operation::Describe {}
        | Operation::AccountList { .. }
        | Operation::AccountShow { .. }
        | Operation::AccountPlan { .. }
        | Operation::RevisionList { .. }
        | Operation::RevisionDiff { .. }
        | Operation::RollbackPlan(_)
        | Operation::ImportPlan(_)
        | Operation::AdoptPlan(_)
        | Operation::AccountSurvey { .. }
        | Operation::AccountDrift { .. }
        | Operation::HostDrift {}
        | Operation::AppStates { .. }
        | Operation::CertificateList { .. }
        | Operation::CertificateShow { .. }
        | Operation::LogRead(_)
        | Operation::CronStates { .. }
        | Operation::CronRuns { .. }
        | Operation::CronOutput(_)
        | Operation::CronTimes { .. }
        | Operation::AccountUsage { .. }
        | Operation::DatabaseList { .. }
        | Operation::SshShow { .. }
        | Operation::NameStanding { .. }
        | Operation::PackageList {}
        | Operation::PackagePlan { .. }
        | Operation::AuditSeal { .. }
        | Operation::AuditSealed {}
        | Operation::LastCopyList {}
        | Operation::LedgerRead { .. }
        | Operation::Outcome { .. } => false,
    }
}

/// The short name of a changing operation, as in `nusantara_plan::steps::ALL`.
pub(crate) const fn name(operation: &Operation) -> &'static str {
    match operation {
        Operation::AccountCreate(_) => "create",
        Operation::AccountConverge { .. } | Operation::DriftOverwrite { .. } => "converge",
        Operation::DriftAdopt(_) => "drift_adopt",
        Operation::HostConverge {} => "host_converge",
        Operation::AccountDelete { .. } => "delete",
        Operation::SiteAdd(_) => "site_add",
        Operation::SiteUpdate(_) => "site_update",
        Operation::SiteProtect(_) => "site_protect",
        Operation::SiteRemove { .. } => "site_remove",
        Operation::PhpUpdate(_) => "php_update",
        Operation::CertificateRequest(_) => "certificate_request",
        Operation::CertificateChallenge(_) => "certificate_challenge",
        Operation::CertificateInstall(_) => "certificate_install",
        Operation::CertificateRemove { .. } => "certificate_remove",
        Operation::AppPut { .. } => "app_put",
        Operation::AppRemove { .. } => "app_remove",
        Operation::AppRestart { .. } => "app_restart",
        Operation::CronPut { .. } => "cron_put",
        Operation::CronRemove { .. } => "cron_remove",
        Operation::CronRun { .. } => "cron_run",
        Operation::AccountSuspend(_) => "suspend",
        Operation::AccountUnsuspend { .. } => "unsuspend",
        Operation::AccountUpdate(_) => "account_update",
        Operation::AccountPassword(_) => "account_password",
        Operation::AccountRename(_) => "account_rename",
        Operation::PrimaryDomain(_) => "primary_domain",
        Operation::PackagePut { .. } => "package_put",
        Operation::PackageRemove { .. } => "package_remove",
        Operation::TrafficEnforce { .. } => "traffic_enforce",
        Operation::DatabaseAdd { .. } => "database_add",
        Operation::DatabaseRemove { .. } => "database_remove",
        Operation::DatabaseUserPut(_) => "database_user_put",
        Operation::DatabaseUserRemove { .. } => "database_user_remove",
        Operation::DatabasePassword(_) => "database_password",
        Operation::FtpAdd(_) => "ftp_add",
        Operation::FtpUpdate(_) => "ftp_update",
        Operation::FtpRemove { .. } => "ftp_remove",
        Operation::SshUpdate(_) => "ssh_update",
        Operation::SshKeyAdd(_) => "ssh_key_add",
        Operation::SshKeyRemove(_) => "ssh_key_remove",
        Operation::AccountRollback(_) => "rollback",
        Operation::AccountImport(AccountImport { replace: false, .. }) => "import",
        Operation::AccountImport(AccountImport { replace: true, .. }) => "replace",
        Operation::AccountAdopt(_) => "adopt",
        Operation::Describe {}
        | Operation::AccountList { .. }
        | Operation::AccountShow { .. }
        | Operation::AccountPlan { .. }
        | Operation::RevisionList { .. }
        | Operation::RevisionDiff { .. }
        | Operation::RollbackPlan(_)
        | Operation::ImportPlan(_)
        | Operation::AdoptPlan(_)
        | Operation::AccountSurvey { .. }
        | Operation::AccountDrift { .. }
        | Operation::HostDrift {}
        | Operation::AppStates { .. }
        | Operation::CertificateList { .. }
        | Operation::CertificateShow { .. }
        | Operation::LogRead(_)
        | Operation::CronStates { .. }
        | Operation::CronRuns { .. }
        | Operation::CronOutput(_)
        | Operation::CronTimes { .. }
        | Operation::AccountUsage { .. }
        | Operation::DatabaseList { .. }
        | Operation::SshShow { .. }
        | Operation::NameStanding { .. }
        | Operation::PackageList {}
        | Operation::PackagePlan { .. }
        | Operation::AuditSeal { .. }
        | Operation::AuditSealed {}
        | Operation::LastCopyList {}
        | Operation::LedgerRead { .. }
        | Operation::Outcome { .. } => "read",
    }
}

/// Takes a request. A changing one goes on by itself from here, whether or not its caller stays.
pub(crate) async fn accept(d: &Arc<Daemon>, peer_uid: u32, request: Request) -> Accepted {
    let id = request.id;
    if request.version != PROTOCOL_VERSION {
        let message = format!("this host speaks protocol version {PROTOCOL_VERSION}, not {}", request.version);
        return told(id, Err(OperationError::new(ErrorCode::Version, message)));
    }
    if !changes(&request.operation) {
        let read = tokio::time::timeout(READ_PATIENCE, read(d, request.operation));
        let result = read.await.unwrap_or_else(|_| Err(OperationError::new(ErrorCode::Busy, "the host did not answer in time")));
        return told(id, result);
    }
    match d.requests.admit(id, || d.ledger.outcome(id)) {
        Admission::Ended(reply) => Accepted::Reply(reply),
        Admission::Again(running) => Accepted::Running(running),
        Admission::Full => told(id, Err(OperationError::new(ErrorCode::Busy, "too many operations are under way"))),
        Admission::First(running) => {
            let call = Call { request, peer_uid, running: Arc::clone(&running) };
            spawn(d, call);
            Accepted::Running(running)
        }
    }
}

fn told(id: RequestId, result: Result<Answer, OperationError>) -> Accepted {
    Accepted::Reply(Box::new(Reply { id, result }))
}

/// Carries out a changing request in a task of its own.
fn spawn(d: &Arc<Daemon>, call: Call) {
    let daemon = Arc::clone(d);
    let id = call.request.id;
    let work = d.tasks.spawn("operation", async move {
        let result = change(&daemon, &call).await;
        conclude(&daemon, Reply { id, result }).await;
    });
    let daemon = Arc::clone(d);
    d.tasks.spawn("operation watch", async move {
        // After a panic the journal still has the entry; the next start finishes it. Whoever waits must not wait for ever.
        let _ = work.await;
        let error =
            OperationError::new(ErrorCode::HostFailed, "the host daemon failed while carrying this out; it is finished at its next start");
        daemon.requests.finish(Reply { id, result: Err(error) });
    });
}

/// Writes the outcome down, then tells it. A busy host did nothing, so its answer is not the request's outcome.
pub(crate) async fn conclude(d: &Daemon, reply: Reply) {
    let id = reply.id;
    log(&reply);
    if !matches!(&reply.result, Err(e) if e.code == ErrorCode::Busy) {
        let undo_failed = matches!(&reply.result, Err(e) if e.code == ErrorCode::UndoFailed);
        match written_down(d, &reply).await {
            // An undo that failed stays in the journal: the next start tries again.
            Ok(()) if undo_failed => {}
            Ok(()) => {
                if let Err(error) = d.journal.close(id).await {
                    tracing::error!(%id, %error, "a journal entry could not be removed");
                }
                d.journal.close_left().await;
            }
            Err(error) => {
                tracing::error!(%id, %error, "an outcome could not be written down; the journal keeps the request");
                if !undo_failed {
                    d.journal.leave(id);
                }
            }
        }
    }
    d.requests.finish(reply);
    // What was used of the room is kept again before anybody else fills it. If there is none, the next operation says so.
    let _ = d.reserve.keep().await;
}

/// Makes an outcome durable, with the room that is kept for it if need be.
async fn written_down(d: &Daemon, reply: &Reply) -> Result<(), HostError> {
    let Err(error) = d.ledger.end(d.now(), reply).await else { return Ok(()) };
    d.reserve.release_for(&error).await;
    d.ledger.settle().await
}

fn log(reply: &Reply) {
    let id = reply.id;
    match &reply.result {
        Ok(_) => tracing::info!(%id, "operation done"),
        Err(e) => {
            let detail = e.detail.as_deref().unwrap_or_default();
            match e.code {
                ErrorCode::HostFailed | ErrorCode::DiskFull | ErrorCode::DiskError | ErrorCode::UndoFailed | ErrorCode::ConfigRefused => {
                    tracing::error!(%id, code = ?e.code, "operation failed: {} {detail}", e.message);
                }
                _ => tracing::info!(%id, code = ?e.code, "operation refused: {} {detail}", e.message),
            }
        }
    }
}

async fn read(d: &Daemon, operation: Operation) -> Result<Answer, OperationError> {
    match operation {
        Operation::Describe {} => describe::run(d).await.map(|description| Answer::Description(Box::new(description))),
        Operation::AccountList { after, limit } => account_list::run(d, after.as_ref(), limit),
        Operation::AccountShow { username } => account_show::run(d, &username).await,
        Operation::AccountPlan { username, intent } => account_plan::run(d, &username, intent).await,
        Operation::RevisionList { username, before, limit } => history::list(d, &username, before, limit),
        Operation::RevisionDiff { username, from, to } => history::diff(d, &username, &from, &to),
        Operation::RollbackPlan(args) => history::plan(d, &args).await,
        Operation::ImportPlan(args) => account_import::plan(d, &args).await,
        Operation::AdoptPlan(args) => account_adopt::plan(d, &args).await,
        Operation::AccountSurvey { after, limit } => account_survey::run(d, after.as_ref(), limit).await,
        Operation::AccountDrift { username } => drift::show(d, &username).await,
        Operation::HostDrift {} => host_drift::show(d).await,
        Operation::CertificateList { username } => certificate_read::list(d, &username),
        Operation::CertificateShow { username, domain } => certificate_read::show(d, &username, &domain),
        Operation::AppStates { username } => app_states::run(d, &username).await,
        Operation::LogRead(args) => log_read::run(d, &args).await.map(Answer::Log),
        Operation::CronStates { username } => cron_read::states(d, &username).await,
        Operation::CronRuns { username, name } => cron_read::runs(d, &username, &name),
        Operation::CronOutput(args) => cron_read::output(d, &args).await,
        Operation::AuditSeal { id, hash } => audit_seal::seal(d, id, hash),
        Operation::AuditSealed {} => Ok(audit_seal::sealed(d)),
        Operation::LastCopyList {} => last_copy_list::run(d),
        Operation::LedgerRead { from } => ledger_read::run(d, from),
        Operation::CronTimes { schedule, count } => cron_read::times(d, &schedule, count),
        Operation::AccountUsage { username } => account_usage::run(d, &username).await,
        Operation::NameStanding { username, domain } => name_standing::run(d, &username, &domain).map(Answer::NameStanding),
        Operation::PackageList {} => Ok(packages::list(d)),
        Operation::PackagePlan { name, after, limit } => packages::plan(d, &name, after.as_ref(), limit),
        Operation::DatabaseList { username } => database_list::run(d, &username).await,
        Operation::SshShow { username } => ssh_show::run(d, &username).await,
        Operation::Outcome { request } => Ok(Answer::Outcome(outcome(d, request))),
        _ => Err(OperationError::new(ErrorCode::Invalid, "this operation changes the host")),
    }
}

fn outcome(d: &Daemon, request: RequestId) -> Outcome {
    // Running first: what ends in between is in the ledger by then.
    if d.requests.is_running(request) {
        return Outcome::Running;
    }
    d.ledger.outcome(request).map_or(Outcome::Unknown, |reply| Outcome::Ended(Box::new(reply)))
}

async fn change(d: &Daemon, call: &Call) -> Result<Answer, OperationError> {
    match &call.request.operation {
        Operation::AccountCreate(args) => account_create::run(d, call, args).await,
        Operation::AccountDelete { username, last_copy } => account_delete::run(d, call, username, *last_copy).await,
        Operation::AccountConverge { username } => drift::converge(d, call, username).await,
        Operation::DriftAdopt(args) => drift::adopt(d, call, args).await,
        Operation::DriftOverwrite { username } => drift::overwrite(d, call, username).await,
        Operation::HostConverge {} => host_drift::converge(d, call).await,
        Operation::SiteAdd(args) => site_add::run(d, call, args).await,
        Operation::SiteUpdate(args) => site_update::run(d, call, args).await,
        Operation::SiteProtect(args) => site_protect::run(d, call, args).await,
        Operation::PhpUpdate(args) => php_update::run(d, call, args).await,
        Operation::CertificateRequest(args) => certificate_request::make(d, call, args).await,
        Operation::CertificateChallenge(args) => certificate_request::challenge(d, call, args).await,
        Operation::CertificateInstall(args) => certificate_install::install(d, call, args).await,
        Operation::CertificateRemove { username, domain } => certificate_install::remove(d, call, username, domain).await,
        Operation::SiteRemove { username, domain } => site_remove::run(d, call, username, domain).await,
        Operation::AppPut { username, app } => app_put::run(d, call, username, app).await,
        Operation::AppRemove { username, name } => app_remove::run(d, call, username, name).await,
        Operation::AppRestart { username, name } => app_restart::run(d, call, username, name).await,
        Operation::CronPut { username, job, new } => cron_put::run(d, call, username, job, *new).await,
        Operation::CronRemove { username, name } => cron_remove::run(d, call, username, name).await,
        Operation::CronRun { username, name } => cron_run::run(d, call, username, name).await,
        Operation::AccountSuspend(args) => account_suspend::suspend(d, call, args).await,
        Operation::AccountUnsuspend { username } => account_suspend::unsuspend(d, call, username).await,
        Operation::AccountUpdate(args) => account_update::run(d, call, args).await,
        Operation::AccountPassword(args) => account_password::run(d, call, args).await,
        Operation::AccountRename(args) => account_rename::run(d, call, args).await,
        Operation::PrimaryDomain(args) => primary_domain::run(d, call, args).await,
        Operation::PackagePut { package, create } => packages::put(d, call, package, *create).await,
        Operation::PackageRemove { name } => packages::remove(d, call, name).await,
        Operation::TrafficEnforce { username } => traffic_enforce::run(d, call, username).await,
        Operation::DatabaseAdd { username, name } => database_add::run(d, call, username, name).await,
        Operation::DatabaseRemove { username, name } => database_remove::run(d, call, username, name).await,
        Operation::DatabaseUserPut(args) => database_user_put::run(d, call, args).await,
        Operation::DatabaseUserRemove { username, name } => database_user_remove::run(d, call, username, name).await,
        Operation::DatabasePassword(args) => database_password::run(d, call, args).await,
        Operation::FtpAdd(args) => ftp_add::run(d, call, args).await,
        Operation::FtpUpdate(args) => ftp_update::run(d, call, args).await,
        Operation::FtpRemove { username, name } => ftp_remove::run(d, call, username, name).await,
        Operation::SshUpdate(args) => ssh_update::run(d, call, args).await,
        Operation::SshKeyAdd(args) => ssh_keys::add(d, call, args).await,
        Operation::SshKeyRemove(args) => ssh_keys::remove(d, call, args).await,
        Operation::AccountRollback(args) => history::rollback(d, call, args).await,
        Operation::AccountImport(args) => account_import::run(d, call, args).await,
        Operation::AccountAdopt(args) => account_adopt::run(d, call, args).await,
        _ => Err(OperationError::new(ErrorCode::Invalid, "this operation does not change the host")),
    }
}

/// What stays possible on a full disk: to keep an account from filling it, and to remove one.
const fn gives_room(operation: &Operation) -> bool {
    matches!(operation, Operation::AccountSuspend(_) | Operation::AccountDelete { .. })
}

/// Makes the request durable: nothing on the host is touched before this has succeeded, and before there is room for the way back.
async fn begin(d: &Daemon, call: &Call, work: &Work, edit: Option<&Edit>) -> Result<Entry, OperationError> {
    open(d, call, Entry { edit: edit.cloned().map(Box::new), ..entry(call, work) }).await
}

/// The same for an account whose spec came whole.
async fn begin_made(d: &Daemon, call: &Call, work: &Work, made: Made) -> Result<Entry, OperationError> {
    open(d, call, Entry { made: Some(Box::new(made)), ..entry(call, work) }).await
}

fn entry(call: &Call, work: &Work) -> Entry {
    Entry {
        request: call.request.without_secrets(),
        peer_uid: call.peer_uid,
        accepted_at: work.at,
        uid: work.owner.uid,
        edit: None,
        made: None,
        undoing: None,
    }
}

async fn open(d: &Daemon, call: &Call, entry: Entry) -> Result<Entry, OperationError> {
    let gives_room = gives_room(&call.request.operation);
    if let Err(error) = d.reserve.keep().await
        && !gives_room
    {
        return Err(host_failed(&error));
    }
    let mut written = write_begin(d, call, &entry).await;
    if let Err(error) = &written
        && error.kind == HostErrorKind::Full
        && gives_room
    {
        d.reserve.release().await;
        written = write_begin(d, call, &entry).await;
    }
    written.map(|()| entry).map_err(|e| host_failed(&e))
}

/// Both to their ends: an entry that comes into the journal after its request was refused would be carried out at the next start.
async fn write_begin(d: &Daemon, call: &Call, entry: &Entry) -> Result<(), HostError> {
    let ledger = d.ledger.begin(d.now(), call.peer_uid, &entry.request);
    let (journal, ledger) = tokio::join!(d.journal.open(entry), ledger);
    let written = journal.and(ledger);
    if written.is_err() {
        // Also a file whose name could only not be made durable.
        let _ = d.journal.close(entry.request.id).await;
    }
    written
}

/// Writes the request into the ledger, which is enough before an effect that happens whole or not at all.
async fn note(d: &Daemon, call: &Call) -> Result<(), OperationError> {
    d.reserve.keep().await.map_err(|e| host_failed(&e))?;
    d.ledger.begin(d.now(), call.peer_uid, &call.request.without_secrets()).await.map_err(|e| host_failed(&e))
}

/// Carries out `changes`; when that fails, takes back what was begun and answers with the reason.
async fn carry_out(d: &Daemon, entry: &Entry, work: &Work, changes: &[Change], running: &Running) -> Result<Vec<String>, OperationError> {
    let Failed { error, begun } = match converge::forward(d, work, changes, running).await {
        Ok(leftovers) => return Ok(leftovers),
        Err(failed) => failed,
    };
    if error.code == ErrorCode::DiskFull {
        d.reserve.release().await;
    }
    // From here on only backwards, also after a crash.
    let undoing = Entry { undoing: Some(error.clone()), ..entry.clone() };
    let written = d.journal.open(&undoing).await;
    let mut errors = converge::take_back(d, work, changes, begun, running).await;
    errors.extend(written.err().map(|e| host_failed(&e)));
    Err(undone(error, &errors))
}

/// The answer of work that failed and was taken back, with what could not be.
pub(crate) fn undone(error: OperationError, errors: &[OperationError]) -> OperationError {
    let Some(first) = errors.first() else { return error };
    let said = first.detail.as_deref().unwrap_or(&first.message);
    let detail = format!("{}; then undoing failed: {said}", error.detail.as_deref().unwrap_or(&error.message));
    OperationError::new(ErrorCode::UndoFailed, "this failed, and could not be taken back completely; an administrator has to look")
        .detail(detail)
}

/// No such account, in the words every operation uses.
fn no_account(username: &nusantara_types::Username) -> OperationError {
    OperationError::new(ErrorCode::NotFound, format!("there is no account named {username}")).field("username")
}

/// No such app, in the words every operation uses.
fn no_app(name: &nusantara_types::AppName) -> OperationError {
    OperationError::new(ErrorCode::NotFound, format!("this account has no app named {name}")).field("name")
}

/// No such cron job, in the words every operation uses.
fn no_job(name: &nusantara_types::CronJobName) -> OperationError {
    OperationError::new(ErrorCode::NotFound, format!("this account has no cron job named {name}")).field("name")
}

pub(crate) use account_create::rebuild;
pub(crate) use account_delete::remove as remove_account;
pub(crate) use account_rename::changes as rename_changes;
pub(crate) use account_usage::quietly as without_counting;
pub(crate) use app_restart::change as restart_of;
pub(crate) use cron_run::again as cron_run_again;
pub(crate) use database_remove::condemn;
