//! Apps of one account: a description each, and the drop-ins and units of their instances.

use super::Sight;
use super::php::beside;
use super::sight::UNITS;
use crate::daemon::Daemon;
use crate::lines;
use crate::state::{entries, host_failed, overwritten};
use nusantara_host::replace::{self, Access};
use nusantara_host::systemd::Enablement;
use nusantara_host::{HostError, apps};
use nusantara_plan::account::ObservedApp;
use nusantara_plan::change::Owner;
use nusantara_plan::paths;
use nusantara_plan::render::app::{AppTexts, texts, tmpfiles, unit};
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::sites::ProxyTarget;
use nusantara_types::{AccountSpec, AppName, SiteSettings, Username};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An instance's drop-in.
const DROPIN: &str = "50-account.conf";
/// How many lines of its log a failed start is told with.
const LAST_LINES: u32 = 20;

fn descriptions(username: &Username) -> PathBuf {
    Path::new(paths::APPS).join(username.as_str())
}

fn dropin_folder(unit: &str) -> PathBuf {
    Path::new(UNITS).join(format!("{unit}.d"))
}

/// The app and number of an account's instance, from the name of its drop-in's folder.
fn instance_of(folder: &str, username: &Username) -> Option<(AppName, u32)> {
    let rest = folder.strip_prefix("nusantara-app@")?.strip_suffix(".service.d")?.strip_prefix(username.as_str())?;
    let (name, number) = rest.strip_prefix('.')?.split_once('.')?;
    Some((name.parse().ok()?, number.parse().ok()?))
}

/// The instances of which a drop-in is there.
fn instances(sight: &Sight, username: &Username) -> Result<Vec<(AppName, u32)>, HostError> {
    let folders = sight.units(&format!("nusantara-app@{username}."))?;
    Ok(folders.iter().filter_map(|folder| instance_of(folder, username)).collect())
}

/// What is there of an account's apps.
pub(super) async fn observe(d: &Daemon, sight: &Sight, username: &Username) -> Result<BTreeMap<AppName, ObservedApp>, HostError> {
    let mut out: BTreeMap<AppName, ObservedApp> = BTreeMap::new();
    let folder = descriptions(username);
    let files = entries(&folder).map_err(|e| HostError::io(format!("list {}", folder.display()), e))?;
    for name in files.iter().filter_map(|file| file.strip_suffix(".json")?.parse::<AppName>().ok()) {
        let description = std::fs::read_to_string(paths::app_description(username, &name)).ok();
        out.insert(name, ObservedApp { description, ..ObservedApp::default() });
    }
    for (name, number) in instances(sight, username)? {
        let unit = unit(username, &name, number);
        let app = out.entry(name).or_default();
        let dropin = std::fs::read_to_string(dropin_folder(&unit).join(DROPIN)).unwrap_or_default();
        app.dropins.insert(number, dropin);
        app.beside.extend(beside(&dropin_folder(&unit), DROPIN).into_iter().map(|(name, text)| ((number, name), text)));
        if d.systemd.enablement(&unit).await? == Enablement::Enabled {
            app.enabled.insert(number);
        }
    }
    Ok(out)
}

/// Makes the folder of sockets, now and at every boot.
pub(super) async fn sockets(d: &Daemon, owner: &Owner, text: &str) -> Result<(), HostError> {
    apps::folder_create(&owner.username, owner.uid, d.web_user.1, text).await
}

/// Makes the folder of sockets for an account whose sites lead to sockets there, whether or not it has apps.
pub(super) async fn sockets_for_sites(d: &Daemon, spec: &AccountSpec) -> Result<(), HostError> {
    if !sites_have_sockets(spec) {
        return Ok(());
    }
    let account = &spec.account;
    apps::folder_create(&account.username, account.uid, d.web_user.1, &tmpfiles(&account.username)).await
}

fn sites_have_sockets(spec: &AccountSpec) -> bool {
    let leads_to_one = |settings: &SiteSettings| matches!(settings.proxy, Some(ProxyTarget::Socket(_)));
    spec.domains.sites().any(|(.., settings)| leads_to_one(settings))
}

/// Writes what an app is started from. Instances beyond the new number end; the others go on as they are until they start again,
/// and are no longer enabled, so that a crash from here on starts them anew.
pub(super) async fn put(d: &Daemon, owner: &Owner, name: &AppName, texts: &AppTexts) -> Result<(), HostError> {
    let Owner { username, uid } = owner;
    apps::folder_create(username, *uid, d.web_user.1, &tmpfiles(username)).await?;
    for (_, number) in instances(&Sight::One, username)?.into_iter().filter(|(app, _)| app == name) {
        let unit = unit(username, name, number);
        if number < texts.instances { d.systemd.disable(&unit).await? } else { remove_instance(d, &unit).await? }
    }
    let readable = |mode| Access { mode, owner: Some((0, *uid)) };
    replace::dir(descriptions(username), readable(0o710)).await?;
    replace::write(paths::app_description(username, name), texts.description.as_str(), readable(0o640)).await?;
    for number in 0..texts.instances {
        let folder = dropin_folder(&unit(username, name, number));
        if !beside(&folder, DROPIN).is_empty() {
            replace::remove_dir_flat(folder.clone()).await?;
        }
        replace::dir(&folder, Access { mode: 0o755, owner: None }).await?;
        replace::write(folder.join(DROPIN), texts.dropin.as_str(), Access::PUBLIC).await?;
    }
    Ok(())
}

/// Brings the texts that an account's apps are started from to what this build renders, where an older one wrote them. Whether any
/// was changed: then systemd has to read them. What runs goes on, and takes them up when it starts again.
pub(crate) async fn refresh(d: &Daemon, spec: &AccountSpec) -> Result<bool, HostError> {
    let Owner { username, uid } = &Owner::of(spec);
    let seen = observe(d, &Sight::One, username).await?;
    let mut changed = false;
    for app in &spec.services.nodejs.apps {
        let wanted = texts(spec, app);
        // Another number of instances is not a text of another build: that is shown as drift, and left alone.
        let Some(there) = seen.get(&app.name).filter(|there| there.dropins.keys().copied().eq(0..wanted.instances)) else { continue };
        let older = there.dropins.iter().filter(|(_, dropin)| **dropin != wanted.dropin);
        let older = older.map(|(number, dropin)| (format!("app.{}/dropin.{number}", app.name), dropin.clone()));
        let described = there.description.iter().filter(|description| **description != wanted.description);
        let described = described.map(|description| (format!("app.{}/description", app.name), description.clone()));
        overwritten::keep_older(&d.folders, username, d.now(), older.chain(described).collect()).await?;
        for (number, _) in there.dropins.iter().filter(|(_, dropin)| **dropin != wanted.dropin) {
            let dropin = dropin_folder(&unit(username, &app.name, *number)).join(DROPIN);
            replace::write(dropin, wanted.dropin.as_str(), Access::PUBLIC).await?;
            changed = true;
        }
        if there.description.as_ref().is_some_and(|description| *description != wanted.description) {
            let access = Access { mode: 0o640, owner: Some((0, *uid)) };
            replace::write(paths::app_description(username, &app.name), wanted.description.as_str(), access).await?;
        }
    }
    Ok(changed)
}

/// Starts an app's instances, all at once. When they are `demanded` it waits until each is well.
pub(super) async fn start(d: &Daemon, username: &Username, name: &AppName, instances: u32, demanded: bool) -> Result<(), OperationError> {
    let started = futures_util::future::join_all((0..instances).map(|number| async move {
        let unit = unit(username, name, number);
        let started = if demanded { d.systemd.restart_and_enable(&unit).await } else { d.systemd.restart_and_enable_no_wait(&unit).await };
        started.map_err(|error| (unit, error))
    }));
    let Some((unit, error)) = started.await.into_iter().find_map(Result::err) else { return Ok(()) };
    let said = lines::of_units(&[unit], LAST_LINES, None).await.unwrap_or_default();
    let said: Vec<String> = said.iter().map(|(line, _)| lines::plain(line)).collect();
    if said.is_empty() {
        return Err(host_failed(&error));
    }
    Err(OperationError::new(ErrorCode::HostFailed, format!("the app {name} did not start, or was not well; it was taken back"))
        .detail(said.join("\n")))
}

/// Ends an app's instances, for this and every later boot.
pub(super) async fn stop(d: &Daemon, username: &Username, name: &AppName, instances: u32) -> Result<(), HostError> {
    for number in 0..instances {
        d.systemd.disable_now(&unit(username, name, number)).await?;
    }
    Ok(())
}

/// Ends an app and removes what it was started from; with the account's last app its folders, unless a site of `spec` leads to
/// a socket.
pub(super) async fn remove(d: &Daemon, owner: &Owner, name: &AppName, spec: Option<&AccountSpec>) -> Result<(), HostError> {
    let Owner { username, uid } = owner;
    for (_, number) in instances(&Sight::One, username)?.into_iter().filter(|(app, _)| app == name) {
        remove_instance(d, &unit(username, name, number)).await?;
    }
    replace::remove(paths::app_description(username, name)).await?;
    let folder = descriptions(username);
    if entries(&folder).unwrap_or_default().is_empty() {
        if !spec.is_some_and(sites_have_sockets) {
            apps::folder_remove(username, *uid).await?;
        }
        replace::remove_dir_flat(folder).await?;
    }
    Ok(())
}

async fn remove_instance(d: &Daemon, unit: &str) -> Result<(), HostError> {
    d.systemd.disable_now(unit).await?;
    replace::remove_dir_flat(dropin_folder(unit)).await
}

#[cfg(test)]
mod tests {
    use super::instance_of;

    #[test]
    fn an_instance_is_known_by_its_folder() {
        let joko = "joko".parse().unwrap();
        let (name, number) = instance_of("nusantara-app@joko.my-shop.12.service.d", &joko).unwrap();
        assert_eq!((name.as_str(), number), ("my-shop", 12));
        for other in ["nusantara-app@jokowi.shop.0.service.d", "nusantara-app@joko.shop.service.d", "nusantara-app@.service", "x"] {
            assert!(instance_of(other, &joko).is_none(), "{other}");
        }
    }
}
