//! Cron jobs of one account: a description each, and the drop-ins and links of their services and timers.

use super::Sight;
use super::sight::UNITS;
use crate::daemon::Daemon;
use crate::state::{entries, host_failed};
use nusantara_host::replace::{self, Access};
use nusantara_host::systemd::Enablement;
use nusantara_host::{HostError, cron};
use nusantara_plan::account::ObservedCron;
use nusantara_plan::change::{CronSetting, Owner};
use nusantara_plan::paths;
use nusantara_plan::render::cron::{service, timer};
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::{CronJobName, Username};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The one drop-in of a unit.
const DROPIN: &str = "50-job.conf";

fn descriptions(username: &Username) -> PathBuf {
    Path::new(paths::CRON).join(username.as_str())
}

fn dropin_folder(unit: &str) -> PathBuf {
    Path::new(UNITS).join(format!("{unit}.d"))
}

/// The job of an account's unit, from the name of its drop-ins' folder.
fn job_of(folder: &str, username: &Username) -> Option<CronJobName> {
    let instance = folder.strip_prefix("nusantara-cron@")?.strip_prefix(username.as_str())?.strip_prefix('.')?;
    let name = instance.strip_suffix(".service.d").or_else(|| instance.strip_suffix(".timer.d"))?;
    name.parse().ok()
}

/// A unit's drop-in; none when it is not there, or not alone: what somebody put beside it changes what it says.
fn dropin(unit: &str) -> Option<String> {
    let folder = dropin_folder(unit);
    let alone = entries(&folder).is_ok_and(|files| files == [DROPIN]);
    alone.then(|| std::fs::read_to_string(folder.join(DROPIN)).ok()).flatten()
}

/// What is there of an account's jobs.
pub(super) async fn observe(d: &Daemon, sight: &Sight, username: &Username) -> Result<BTreeMap<CronJobName, ObservedCron>, HostError> {
    let folder = descriptions(username);
    let files = entries(&folder).map_err(|e| HostError::io(format!("list {}", folder.display()), e))?;
    let units = sight.units(&format!("nusantara-cron@{username}."))?;
    let described = files.iter().filter_map(|file| file.strip_suffix(".json")?.parse().ok());
    let names: BTreeSet<CronJobName> = described.chain(units.iter().filter_map(|folder| job_of(folder, username))).collect();
    let mut out = BTreeMap::new();
    for name in names {
        let job = observe_one(d, sight, username, &name).await?;
        out.insert(name, job);
    }
    Ok(out)
}

async fn observe_one(d: &Daemon, sight: &Sight, username: &Username, name: &CronJobName) -> Result<ObservedCron, HostError> {
    let (service, timer) = (service(username, name), timer(username, name));
    let enabled = |unit: String| async move { Ok::<bool, HostError>(d.systemd.enablement(&unit).await? == Enablement::Enabled) };
    let (at_boot, kept, waits) = tokio::try_join!(enabled(service.clone()), enabled(timer.clone()), sight.is_active(d, &timer))?;
    let times = dropin(&timer);
    let armed = match (times.is_some(), kept, waits, at_boot) {
        (true, true, true, false) | (false, false, false, true) => Some(true),
        (_, false, false, false) => Some(false),
        _ => None,
    };
    let description = std::fs::read_to_string(paths::cron_description(username, name)).ok();
    Ok(ObservedCron { description, service: dropin(&service), timer: times, armed })
}

/// Writes what a job is run from and at. systemd does not wait for its time meanwhile; a run under way goes on.
pub(super) async fn put(d: &Daemon, owner: &Owner, name: &CronJobName, setting: &CronSetting) -> Result<(), HostError> {
    let Owner { username, uid } = owner;
    let (service, timer) = (service(username, name), timer(username, name));
    let texts = &setting.texts;
    disarm(d, &service, &timer).await?;
    let readable = |mode| Access { mode, owner: Some((0, *uid)) };
    cron::runs_prepare(username).await?;
    replace::dir(descriptions(username), readable(0o710)).await?;
    replace::write(paths::cron_description(username, name), texts.description.as_str(), readable(0o640)).await?;
    write_dropin(&service, Some(&texts.service)).await?;
    write_dropin(&timer, texts.timer.as_ref()).await?;
    d.systemd.refresh(&service).await?;
    if !setting.armed {
        return Ok(());
    }
    match texts.timer {
        Some(_) => d.systemd.restart_and_enable(&timer).await,
        None => d.systemd.enable(&service).await,
    }
}

/// Puts a unit's drop-in there, alone, or takes it away.
async fn write_dropin(unit: &str, text: Option<&String>) -> Result<(), HostError> {
    let folder = dropin_folder(unit);
    if text.is_none() || entries(&folder).is_ok_and(|files| files.iter().any(|file| file != DROPIN)) {
        replace::remove_dir_flat(folder.clone()).await?;
    }
    let Some(text) = text else { return Ok(()) };
    replace::dir(&folder, Access { mode: 0o755, owner: None }).await?;
    replace::write(folder.join(DROPIN), text.as_str(), Access::PUBLIC).await
}

/// Lets systemd wait for the job's time no more.
async fn disarm(d: &Daemon, service: &str, timer: &str) -> Result<(), HostError> {
    d.systemd.disable(service).await?;
    d.systemd.disable_now(timer).await
}

/// Removes a job: its times first, then a run under way, then what it was run from and, to `forget` it, what is known of its runs;
/// with the account's last job its folders.
pub(super) async fn remove(d: &Daemon, username: &Username, name: &CronJobName, forget: bool) -> Result<(), HostError> {
    let (service, timer) = (service(username, name), timer(username, name));
    disarm(d, &service, &timer).await?;
    d.systemd.disable_now(&service).await?;
    write_dropin(&service, None).await?;
    write_dropin(&timer, None).await?;
    replace::remove(paths::cron_description(username, name)).await?;
    if forget {
        cron::runs_forget(username, name).await?;
    }
    let folder = descriptions(username);
    if entries(&folder).unwrap_or_default().is_empty() {
        if forget || cron::runs_are_none(username) {
            cron::runs_forget_all(username).await?;
        }
        replace::remove_dir_flat(folder).await?;
    }
    Ok(())
}

/// Runs a job now.
pub(super) async fn run(d: &Daemon, username: &Username, name: &CronJobName) -> Result<(), OperationError> {
    let unit = service(username, name);
    let state = d.systemd.service_state(&unit).await.map_err(|e| host_failed(&e))?;
    if matches!(state.active_state.as_str(), "active" | "activating" | "deactivating") {
        let message = format!("the cron job {name} is running; it can be run again when it has ended");
        return Err(OperationError::new(ErrorCode::Conflict, message).field("name"));
    }
    d.systemd.start_no_wait(&unit).await.map_err(|e| host_failed(&e))
}

#[cfg(test)]
mod tests {
    use super::job_of;

    #[test]
    fn a_job_is_known_by_its_folders() {
        let joko = "joko".parse().unwrap();
        for folder in ["nusantara-cron@joko.my-backup.service.d", "nusantara-cron@joko.my-backup.timer.d"] {
            assert_eq!(job_of(folder, &joko).unwrap().as_str(), "my-backup");
        }
        for other in [
            "nusantara-cron@jokowi.x.timer.d",
            "nusantara-cron@joko.x.timer",
            "nusantara-cron@.timer.d",
            "nusantara-app@joko.x.0.service.d",
        ] {
            assert!(job_of(other, &joko).is_none(), "{other}");
        }
    }
}
