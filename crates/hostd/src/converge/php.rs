//! PHP of one account and branch: its files and a socket that systemd holds.

use super::Sight;
use crate::daemon::Daemon;
use crate::state::{entries, overwritten};
use nusantara_host::replace::{self, Access};
use nusantara_host::systemd::Enablement;
use nusantara_host::{HostError, HostErrorKind};
use nusantara_plan::account::ObservedPhp;
use nusantara_plan::render::php::{PhpTexts, texts};
use nusantara_plan::site::php_versions;
use nusantara_types::{AccountSpec, PhpVersion, Username};
use std::collections::BTreeMap;
use std::path::Path;

/// The service's drop-in.
const DROPIN: &str = "50-slice.conf";
/// Settings of single sites.
const SITES_INI: &str = "sites.ini";

fn socket(version: &PhpVersion, username: &Username) -> String {
    format!("nusantara-php{version}@{username}.socket")
}

/// The service's name.
pub(crate) fn service(version: &PhpVersion, username: &Username) -> String {
    format!("nusantara-php{version}@{username}.service")
}

/// Branches of which this host may have something: those installed, and those that were when an account was made.
fn branches(d: &Daemon) -> Vec<PhpVersion> {
    let mut found = d.php.clone();
    let kept = crate::state::entries(&d.folders.state.join("php")).unwrap_or_default();
    found.extend(kept.into_iter().filter_map(|name| name.parse().ok()));
    found.sort();
    found.dedup();
    found
}

/// What is there, by branch; branches of which nothing is there are left out.
pub(crate) async fn observe(d: &Daemon, sight: &Sight, username: &Username) -> Result<BTreeMap<PhpVersion, ObservedPhp>, HostError> {
    let mut out = BTreeMap::new();
    for version in branches(d) {
        let unit = socket(&version, username);
        let (listening, enablement) = tokio::try_join!(sight.is_active(d, &unit), d.systemd.enablement(&unit))?;
        let php = ObservedPhp {
            pool: std::fs::read_to_string(d.folders.php_pool(&version, username)).ok(),
            dropin: std::fs::read_to_string(d.folders.php_dropin(&version, username).join(DROPIN)).ok(),
            ini: std::fs::read_to_string(d.folders.php_ini(&version, username).join(SITES_INI)).ok(),
            beside: beside(&d.folders.php_dropin(&version, username), DROPIN),
            listening,
            enabled: enablement == Enablement::Enabled,
        };
        if php != ObservedPhp::default() {
            out.insert(version, php);
        }
    }
    Ok(out)
}

/// What lies in a folder of drop-ins beside ours, by name.
pub(super) fn beside(folder: &Path, ours: &str) -> BTreeMap<String, String> {
    let names = entries(folder).unwrap_or_default();
    let text = |name: &String| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    names.into_iter().filter(|name| name != ours).map(|name| (name.clone(), text(&name))).collect()
}

/// Lets PHP listen. `warm` starts it at once instead of at the first request.
pub(crate) async fn enable(
    d: &Daemon,
    username: &Username,
    uid: u32,
    version: &PhpVersion,
    texts: &PhpTexts,
    warm: bool,
) -> Result<(), HostError> {
    let pool = d.folders.php_pool(version, username);
    let dropin = d.folders.php_dropin(version, username);
    let service = service(version, username);
    let ini = d.folders.php_ini(version, username);
    let changed = std::fs::read_to_string(&pool).is_ok_and(|old| old != texts.pool)
        || (pool.exists() && std::fs::read_to_string(ini.join(SITES_INI)).ok() != texts.ini);
    let crowded = !beside(&dropin, DROPIN).is_empty();
    let stale = crowded || std::fs::read_to_string(dropin.join(DROPIN)).is_ok_and(|old| old != texts.dropin);
    let changed = changed || stale;
    let write_dropin = async {
        if crowded {
            replace::remove_dir_flat(&dropin).await?;
        }
        replace::dir(&dropin, Access { mode: 0o755, owner: None }).await?;
        replace::write(dropin.join(DROPIN), texts.dropin.as_str(), Access::PUBLIC).await
    };
    let write_ini = async {
        let Some(text) = &texts.ini else { return replace::remove_dir_flat(&ini).await };
        replace::dir(&ini, Access { mode: 0o750, owner: Some((0, uid)) }).await?;
        replace::write(ini.join(SITES_INI), text.as_str(), Access { mode: 0o640, owner: Some((0, uid)) }).await
    };
    let write_pool = replace::write(pool, texts.pool.as_str(), Access { mode: 0o640, owner: Some((0, uid)) });
    tokio::try_join!(write_pool, write_dropin, write_ini)?;
    if stale {
        d.systemd.refresh(&service).await?;
    }
    if warm && !changed {
        // Asks for the service before waiting for its socket, which systemd starts first by itself: starting takes long, and this
        // way it goes on beside everything else.
        d.systemd.start_no_wait(&service).await?;
    }
    d.systemd.enable_now(&socket(version, username)).await?;
    if changed {
        // The socket stays; the next request starts PHP with the new file.
        d.systemd.stop(&service).await?;
    }
    Ok(())
}

/// Lets PHP listen no more and removes what it needed.
pub(crate) async fn disable(d: &Daemon, username: &Username, version: &PhpVersion) -> Result<(), HostError> {
    let service = service(version, username);
    d.systemd.disable_now(&socket(version, username)).await?;
    d.systemd.stop(&service).await?;
    match d.systemd.reset_failed(&service).await {
        Err(e) if e.kind != HostErrorKind::NotFound => return Err(e),
        _ => {}
    }
    tokio::try_join!(
        replace::remove_dir_flat(d.folders.php_dropin(version, username)),
        replace::remove_dir_flat(d.folders.php_ini(version, username)),
        replace::remove(d.folders.php_pool(version, username))
    )
    .map(|_| ())
}

/// Brings the texts of an account's PHP to what this build renders, where an older one wrote them.
pub(crate) async fn refresh(d: &Daemon, spec: &AccountSpec) -> Result<(), HostError> {
    let username = &spec.account.username;
    for version in php_versions(spec) {
        let texts = texts(spec, version);
        let pool = d.folders.php_pool(version, username);
        let dropin = d.folders.php_dropin(version, username).join(DROPIN);
        let ini = d.folders.php_ini(version, username).join(SITES_INI);
        let there = [pool, dropin, ini].map(|path| std::fs::read_to_string(path).ok());
        let wanted = [Some(texts.pool.clone()), Some(texts.dropin.clone()), texts.ini.clone()];
        if d.php.contains(version) && there != wanted {
            let names = ["pool", "dropin", "ini"].map(|name| format!("php.{version}/{name}"));
            let kept = names.into_iter().zip(there).filter_map(|(name, text)| text.map(|text| (name, text))).collect();
            overwritten::keep_older(&d.folders, username, d.now(), kept).await?;
            enable(d, username, spec.account.uid, version, &texts, false).await?;
            tracing::info!(account = %username, %version, "PHP was brought up to date");
        }
    }
    Ok(())
}
