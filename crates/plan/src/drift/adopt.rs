//! What was changed by hand and has a field in the spec, put into that field.

use crate::account::{Observed, ObservedApp, ObservedCron, ObservedQuota};
use crate::change::{DiskQuota, Envelope};
use crate::render::ssh::{self, SshGroup};
use crate::render::{app, cron, ftp};
use nusantara_types::apps::NodeApp;
use nusantara_types::cron::CronJob;
use nusantara_types::{AccountSpec, AppName, CronJobName, DriftId, SshKey, SshMode};

/// The spec with what is there of one thing.
///
/// # Errors
/// Why it cannot be put into the spec, as a sentence.
pub(super) fn adopt(spec: &AccountSpec, observed: &Observed, item: &DriftId) -> Result<AccountSpec, String> {
    let mut spec = spec.clone();
    match (item.as_str(), item.as_str().split_once('.')) {
        ("user.shell", _) => shell(&mut spec, observed)?,
        ("slice", _) => slice(&mut spec, observed)?,
        ("quota", _) => quota(&mut spec, observed)?,
        ("ssh", _) => ssh_login(&mut spec, observed)?,
        ("ftp", _) => ftp_logins(&mut spec, observed)?,
        (_, Some(("app", name))) => app_of(&mut spec, observed, name)?,
        (_, Some(("cron", name))) => job_of(&mut spec, observed, name)?,
        (other, _) => return Err(no_field(other).to_owned()),
    }
    match spec.validate() {
        Ok(()) => Ok(spec),
        Err(e) => Err(format!("the spec would not hold together: {}: {}", e.field, e.message)),
    }
}

/// Why a thing has no field of its own.
fn no_field(item: &str) -> &'static str {
    match item {
        "vhost" => "a vhost is rendered from the settings of its sites; free text has no field in the spec",
        "user" | "home" => "an account always has its Linux user and its home",
        "user.login" => "whether an account may log in follows from whether it is suspended",
        "home.access" => "who may enter a home is the same for all accounts",
        "ports" => "the ports of an account follow from its sites and apps",
        "access" => "who may enter protected folders is named by its content; change the visitors instead",
        "databases" => "what a database user may do is said in the spec, and its password is nobody's to read; change the user instead",
        "sockets" => "the folder of sockets is the same for all accounts",
        "processes" => "nothing runs while an account is suspended",
        _ => "this is rendered from the spec and has no field in it",
    }
}

fn shell(spec: &mut AccountSpec, observed: &Observed) -> Result<(), String> {
    let shell = observed.user.and_then(|user| user.shell);
    spec.account.shell = shell.ok_or("an account may have /usr/sbin/nologin, /bin/bash or /bin/sh, and no other shell")?;
    Ok(())
}

fn slice(spec: &mut AccountSpec, observed: &Observed) -> Result<(), String> {
    let Some(Envelope { cpu_percent, memory_mb, tasks, io_mb_s }) = observed.slice.envelope() else {
        return Err("a limit is not set at all, and an account always has all four".to_owned());
    };
    let limits = &mut spec.limits;
    (limits.cpu_limit_percent, limits.memory_limit_mb, limits.io_limit_mb_s) = (cpu_percent, memory_mb, io_mb_s);
    if limits.tasks() != tasks {
        limits.max_processes = Some(tasks);
    }
    match limits.violation() {
        Some((field, allowed)) => Err(format!("{field} {allowed}")),
        None => Ok(()),
    }
}

fn quota(spec: &mut AccountSpec, observed: &Observed) -> Result<(), String> {
    let ObservedQuota::Kept(Some(set)) = observed.quota else {
        return Err("no quota is set at all, and an account always has one".to_owned());
    };
    spec.limits.disk_quota_mb = set.kib / 1024;
    if DiskQuota::from(&spec.limits) != set {
        return Err("a quota in the spec is in whole MiB, and the number of files follows from it".to_owned());
    }
    Ok(())
}

fn ssh_login(spec: &mut AccountSpec, observed: &Observed) -> Result<(), String> {
    let Some(there) = &observed.ssh else {
        spec.ssh.enabled = false;
        return Ok(());
    };
    let has = |group: SshGroup| there.groups.contains(&group);
    let keys: Result<Vec<SshKey>, _> = there.keys.lines().filter(|line| !line.trim().is_empty()).map(str::parse).collect();
    let ssh = &mut spec.ssh;
    ssh.authorized_keys = keys.map_err(|e| format!("a line of the file of keys is no key that an account may have: {e}"))?;
    ssh.enabled = has(SshGroup::Base);
    if ssh.enabled {
        ssh.mode = if has(SshGroup::Sftp) { SshMode::SftpChroot } else { SshMode::Shell };
        ssh.allow_port_forwarding = has(SshGroup::Forward);
        ssh.allow_agent_forwarding = has(SshGroup::Agent);
        ssh.allow_x11_forwarding = has(SshGroup::X11);
        ssh.allow_password = has(SshGroup::Password);
    }
    match ssh::texts(spec) {
        Some(texts) if texts == *there => Ok(()),
        None if !spec.ssh.enabled => Ok(()),
        _ => Err("what is there says more than the spec can: options, comments or an unusual set of groups".to_owned()),
    }
}

/// Only which of the logins are let in: a line that is not one of theirs says what the spec has no field for.
fn ftp_logins(spec: &mut AccountSpec, observed: &Observed) -> Result<(), String> {
    let there = observed.ftp.logins.clone().unwrap_or_default();
    let username = spec.account.username.clone();
    let listed = |name: &str| there.lines().any(|line| line.split(':').next() == Some(name));
    for login in &mut spec.services.ftp.accounts {
        login.enabled = listed(&login.name.login(&username));
    }
    let same = ftp::logins(spec).unwrap_or_default() == there && (there.is_empty() || observed.ftp.served);
    if same { Ok(()) } else { Err("something else than which logins are let in was changed, or the server does not run".to_owned()) }
}

fn app_of(spec: &mut AccountSpec, observed: &Observed, name: &str) -> Result<(), String> {
    let name: AppName = name.parse().map_err(|_| "this is no name of an app".to_owned())?;
    let Some(seen) = observed.apps.get(&name) else { return Err("nothing is there of this app; remove it instead".to_owned()) };
    let read: Option<NodeApp> = seen.description.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let mut app = read.filter(|app| app.name == name).ok_or("what the app is started from cannot be read")?;
    app.enabled = !seen.enabled.is_empty();
    if !matches_app(spec, &app, seen) {
        return Err("a drop-in of systemd was changed, which is rendered from the spec".to_owned());
    }
    let apps = &mut spec.services.nodejs.apps;
    match apps.iter_mut().find(|known| known.name == name) {
        Some(known) => *known = app,
        None => apps.push(app),
    }
    spec.services.nodejs.enabled = true;
    Ok(())
}

fn matches_app(spec: &AccountSpec, app: &NodeApp, seen: &ObservedApp) -> bool {
    let texts = app::texts(spec, app);
    let runs = if app.enabled { app.instances } else { 0 };
    seen.beside.is_empty()
        && seen.description.as_ref() == Some(&texts.description)
        && seen.dropins.keys().copied().eq(0..texts.instances)
        && seen.dropins.values().all(|dropin| *dropin == texts.dropin)
        && seen.enabled.iter().copied().eq(0..runs)
}

fn job_of(spec: &mut AccountSpec, observed: &Observed, name: &str) -> Result<(), String> {
    let name: CronJobName = name.parse().map_err(|_| "this is no name of a cron job".to_owned())?;
    let Some(seen) = observed.cron.get(&name) else { return Err("nothing is there of this job; remove it instead".to_owned()) };
    let read: Option<CronJob> = seen.description.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let mut job = read.filter(|job| job.name == name).ok_or("what the job is run from cannot be read")?;
    job.enabled = seen.armed.ok_or("its timer is neither on nor off: it is stopped now and would come back at the next boot")?;
    if !matches_job(spec, &job, seen) {
        return Err("a drop-in of systemd was changed, which is rendered from the spec".to_owned());
    }
    let jobs = &mut spec.services.cron.jobs;
    match jobs.iter_mut().find(|known| known.name == name) {
        Some(known) => *known = job,
        None => jobs.push(job),
    }
    spec.services.cron.enabled = true;
    Ok(())
}

fn matches_job(spec: &AccountSpec, job: &CronJob, seen: &ObservedCron) -> bool {
    let texts = cron::texts(spec, job);
    seen.description.as_ref() == Some(&texts.description) && seen.service.as_ref() == Some(&texts.service) && seen.timer == texts.timer
}
