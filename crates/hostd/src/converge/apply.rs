//! Carries out one change.

use super::run::Work;
use super::{access, app, certificate, cron, databases, ftp, last_copy, php, probe, quota, rename, ssh};
use crate::daemon::Daemon;
use crate::sshd;
use crate::state::revisions::Revisions;
use crate::state::{certificates, failpoints, host_failed, logins, traffic};
use nusantara_host::home::{NewDocRoot, NewHome, StarterFile};
use nusantara_host::replace;
use nusantara_host::systemd::SliceLimits;
use nusantara_host::users;
use nusantara_host::web::ConfFile;
use nusantara_host::{HostError, apps, login};
use nusantara_plan::change::{self, Change, Envelope, Owner};
use nusantara_plan::render::sweep;
use nusantara_plan::site::sites;
use nusantara_proto::host::OperationError;
use nusantara_types::{DocRoot, Revision, Username};

/// Carries out `change`. `warm` says that fresh sites will be asked for their first page. Returns what could not be removed, each as
/// a sentence.
pub(super) async fn apply(d: &Daemon, work: &Work, change: &Change, warm: bool) -> Result<Vec<String>, OperationError> {
    let former;
    let (work, change) = match change {
        Change::Former { spec, change } => {
            former = work.of_former(spec);
            (&former, change.as_ref())
        }
        other => (work, other),
    };
    // In a box of its own: it is as large as the largest of all changes.
    Box::pin(carry_out(d, work, change, warm)).await
}

async fn carry_out(d: &Daemon, work: &Work, change: &Change, warm: bool) -> Result<Vec<String>, OperationError> {
    let Owner { username, uid } = &work.owner;
    let uid = *uid;
    let done: Result<(), HostError> = match change {
        Change::SpecWrite { before: None, after } => d.specs.create(after).await,
        Change::SpecWrite { before: Some(_), after } => d.specs.update(after).await,
        Change::UserCreate { shell } => users::create(username, uid, *shell).await,
        Change::UserShell { after, .. } => login::set_shell(username, *after).await,
        Change::LoginDeny { .. } => login::deny(username).await,
        Change::LoginAllow { to } => login::allow(username, *to).await,
        Change::HomeCreate { docroots, primary } => home_create(d, &work.owner, docroots, primary).await,
        Change::HomeAccess { after, .. } => d.homes.set_access(username, uid, d.web_user.0, after.mode, after.web_enters).await,
        Change::AppSockets { after, .. } => app::sockets(d, &work.owner, after).await,
        Change::SshApply { after, .. } => ssh::apply(&work.owner, after).await,
        Change::SshCheck { texts } => return sshd::check(d, username, texts).await.map(|()| Vec::new()),
        Change::SshRemove { .. } => ssh::remove(&work.owner).await,
        Change::SessionsEnd => d.systemd.end_sessions(uid).await,
        Change::SliceSet { after, .. } => d.systemd.set_slice(uid, &limits(after)).await,
        Change::QuotaSet { after, .. } => quota::set(uid, *after).await,
        Change::QuotaClear => quota::clear(uid).await,
        Change::PortsGuard { after, .. } => d.ports.set(uid, after).await,
        Change::PhpEnable { version, after, .. } => php::enable(d, username, uid, version, after, warm).await,
        Change::DocrootCreate { docroot } => d.homes.add_docroot(username, uid, uid, d.web_user.0, new_docroot(docroot)).await,
        Change::FolderCreate { path } => d.homes.add_folder(username, uid, uid, path).await,
        Change::DatabaseCreate { name } => return databases::create(d, name).await.map(|()| Vec::new()),
        Change::DatabaseUsers { before, after } => return databases::set_users(d, before, after).await.map(|()| Vec::new()),
        Change::DatabaseDrop { name, only_empty: true } => return databases::remove_empty(name).await.map(|()| Vec::new()),
        Change::DatabaseDrop { name, only_empty: false } => return databases::remove(name).await.map(|()| Vec::new()),
        Change::FtpLogins { after, .. } => return ftp::set(d, &work.owner, after.as_deref()).await.map(|()| Vec::new()),
        Change::AccessWrite { files } => access::write(d, username, files).await,
        Change::AccessRemove { files } => access::remove(d, username, files).await,
        Change::AppPut { name, after, .. } => app::put(d, &work.owner, name, after).await,
        Change::AppStart { name, instances, demanded } => {
            return app::start(d, username, name, *instances, *demanded).await.map(|()| Vec::new());
        }
        Change::AppStop { name, instances } => app::stop(d, username, name, *instances).await,
        Change::AppRemove { name, .. } => app::remove(d, &work.owner, name, work.spec.as_ref()).await,
        Change::CronPut { name, after, .. } => cron::put(d, &work.owner, name, after).await,
        Change::CronRemove { name, forget, .. } => cron::remove(d, username, name, *forget).await,
        Change::CronRun { name } => return cron::run(d, username, name).await.map(|()| Vec::new()),
        Change::WebPublish { after, .. } => return publish(d, work, after).await,
        Change::SiteProbe { token, routed, fresh, pristine } => {
            return probe::sites(token, routed, if warm { fresh } else { &[] }, *pristine).await.map(|()| Vec::new());
        }
        Change::CertificateProbe { sites } => return certificate::probe(sites).await.map(|()| Vec::new()),
        Change::LastCopy { asked_at } => return last_copy::keep(d, &work.owner, *asked_at).await.map(|()| Vec::new()),
        Change::WebWithdraw => return withdraw(d, work).await,
        Change::PhpDisable { version, .. } => php::disable(d, username, version).await,
        Change::ProcessesEnd => processes_end(d, uid).await,
        Change::HomeEmpty => return home_empty(d, &work.owner).await,
        Change::SharedEmpty => return Ok(shared_empty(d, uid).await),
        Change::SliceRevert => d.systemd.revert_slice(uid).await,
        Change::UserDelete => user_delete(username).await,
        Change::LogsRemove => logs_remove(d, username).await,
        Change::SpecRemove => spec_remove(d, &work.owner).await,
        // A name before the one before: nobody plans that.
        Change::Former { .. } => Err(HostError::refused("carry out a change", "it is about a former name of a former name")),
        Change::UserRename { from, to } => users::rename(from, to, uid).await,
        Change::HomeMove { from, to } => d.homes.rename(from, to, uid).await,
        Change::SpecMove { before, after } => rename::spec(d, before, after).await,
        Change::FilesMove { from, to } => rename::files(d, from, to, uid).await,
        Change::WebMove { from, to, before, after } => {
            return rename::web(d, work, (from, before.as_deref()), (to, after.as_deref())).await;
        }
        Change::HomeLink { after, .. } => d.homes.link_primary(username, uid, uid, after).await,
        Change::Record { applied } => return record(d, work, applied.as_ref()).await,
    };
    done.map(|()| Vec::new()).map_err(|e| host_failed(&e))
}

/// The slice first, so that units end in order; then whatever has got out of it, which userdel would not see from in here.
async fn processes_end(d: &Daemon, uid: u32) -> Result<(), HostError> {
    d.systemd.stop_slice(uid).await?;
    users::end_processes(uid, uid).await
}

async fn user_delete(username: &Username) -> Result<(), HostError> {
    users::delete(username).await?;
    users::remove_traces(username).await
}

/// What was counted of the logs goes with them, and where the last login came from.
async fn logs_remove(d: &Daemon, username: &Username) -> Result<(), HostError> {
    d.logs.remove(username).await?;
    replace::remove(logins::file(&d.folders, username)).await?;
    replace::remove(traffic::file(&d.folders, username)).await
}

/// What was applied stays known under the uid, which is never another account's: who gets the name later begins a history of their own.
async fn spec_remove(d: &Daemon, owner: &Owner) -> Result<(), HostError> {
    // Keys first: once the files of the account are gone nobody would look for them again.
    certificates::forget(&d.folders, owner.uid).await?;
    d.specs.remove(&owner.username).await?;
    Revisions::of(&d.folders, &owner.username).retire(owner.uid).await
}

async fn home_create(d: &Daemon, owner: &Owner, docroots: &[change::NewDocRoot], primary: &DocRoot) -> Result<(), HostError> {
    let home = NewHome {
        username: owner.username.clone(),
        uid: owner.uid,
        gid: owner.uid,
        web_uid: d.web_user.0,
        docroots: docroots.iter().map(new_docroot).collect(),
        primary: primary.clone(),
    };
    d.homes.create(home).await
}

fn new_docroot(docroot: &change::NewDocRoot) -> NewDocRoot {
    let file = |(name, text): &(&str, String)| {
        // PHP source is for the account alone; a page that the web server sends itself must be readable to it.
        let mode = if name.ends_with(".php") { 0o600 } else { 0o640 };
        StarterFile { name: (*name).to_owned(), bytes: text.clone().into_bytes(), mode }
    };
    NewDocRoot { path: docroot.path.clone(), files: docroot.page.iter().map(file).collect() }
}

fn limits(e: &Envelope) -> SliceLimits {
    SliceLimits { cpu_percent: e.cpu_percent, memory_mb: e.memory_mb, tasks: e.tasks, io_mb_s: e.io_mb_s }
}

/// The home goes, and the folder of sockets: the other one that the account writes into.
async fn home_empty(d: &Daemon, owner: &Owner) -> Result<Vec<String>, OperationError> {
    let Owner { username, uid } = owner;
    apps::folder_remove(username, *uid).await.map_err(|e| host_failed(&e))?;
    d.homes.empty_and_remove(username, *uid, *uid).await.map_err(|e| host_failed(&e))
}

/// What cannot be removed keeps no account from going; it is told.
async fn shared_empty(d: &Daemon, uid: u32) -> Vec<String> {
    let unit = sweep::unit(uid);
    let Err(error) = d.systemd.start(&unit).await else { return Vec::new() };
    tracing::warn!(uid, %error, detail = error.detail, "files of an account in shared folders could not be removed");
    let _ = d.systemd.reset_failed(&unit).await;
    vec![format!("some files of the uid {uid} in /tmp, /var/tmp or /dev/shm could not be removed")]
}

async fn publish(d: &Daemon, work: &Work, text: &str) -> Result<Vec<String>, OperationError> {
    let username = &work.owner.username;
    if let Some(spec) = &work.spec {
        app::sockets_for_sites(d, spec).await.map_err(|e| host_failed(&e))?;
    }
    // nginx opens the logs during its test already.
    d.logs.create(username, d.web_user.1).await.map_err(|e| host_failed(&e))?;
    // What is live already was taken back by the web server's own task, when it did not take the new text.
    if std::fs::read_to_string(d.folders.vhost(username)).is_ok_and(|live| live == text) {
        drop(work.announced());
        return Ok(Vec::new());
    }
    live(d, work, Some(spoiled(work, text))).await
}

/// The text, with what nginx does not know where a test wants it so.
pub(super) fn spoiled(work: &Work, text: &str) -> Vec<u8> {
    let mut text = text.to_owned();
    if work.spec.iter().flat_map(sites).any(|site| failpoints::vhost_garbage(site.domain.as_str())) {
        text.push_str("nusantara_garbage on;\n");
    }
    text.into_bytes()
}

async fn withdraw(d: &Daemon, work: &Work) -> Result<Vec<String>, OperationError> {
    live(d, work, None).await
}

async fn live(d: &Daemon, work: &Work, content: Option<Vec<u8>>) -> Result<Vec<String>, OperationError> {
    let file = ConfFile::Site(work.owner.username.clone());
    d.web.change(file, content, work.announced()).await.map(|()| Vec::new()).map_err(crate::web::NotLive::into_error)
}

async fn record(d: &Daemon, work: &Work, applied: Option<&Revision>) -> Result<Vec<String>, OperationError> {
    // An account that is gone has no files to note it in: the ledger does.
    let (Some(applied), Some(spec)) = (applied, &work.spec) else { return Ok(Vec::new()) };
    let mut spec = spec.clone();
    spec.meta.last_applied_revision = Some(applied.clone());
    spec.meta.audit.last_action = Some(work.operation.to_owned());
    spec.meta.audit.last_actor = Some(work.actor.to_string());
    spec.meta.audit.last_time = Some(work.at);
    let kept = async {
        d.specs.update(&spec).await?;
        Revisions::of(&d.folders, &spec.account.username).keep(&spec, applied).await
    };
    kept.await.map_err(|e| host_failed(&e))?;
    // What was done stands; what cannot be removed now goes with the next record.
    if let Err(error) = certificates::tidy(&d.folders, &spec).await {
        tracing::warn!(account = %spec.account.username, %error, "a certificate that nothing names any more could not be removed");
    }
    Ok(Vec::new())
}
