//! What all accounts share: nginx's way to our files and the file of ours that all sites read, the units that accounts' own are
//! instances of, sshd's file, the table of ports. Looked for, and put right as at a start.

use super::{Call, note};
use crate::daemon::Daemon;
use crate::database_server;
use crate::provision::{self, Unit};
use crate::sshd;
use crate::state::host_failed;
use crate::state::overwritten::{Kept, keep_of_host};
use nusantara_host::systemd::Systemd;
use nusantara_host::web::{self, ConfFile};
use nusantara_plan::diff::unified;
use nusantara_plan::paths::MARIADB_SETTINGS;
use nusantara_plan::render::databases::SETTINGS;
use nusantara_plan::render::{nginx, ssh};
use nusantara_proto::host::{Answer, DriftItem, OperationError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// nginx's folder.
const WEB: &str = "/etc/nginx";
const WHY_NOT: &str = "this is the same on every host and has no field in any file";
/// What loads the table of ports.
const FIREWALL: &str = "nusantara-firewall.service";

/// A thing that is not as it should be, and what is there of it.
struct Found {
    item: DriftItem,
    text: Option<String>,
}

pub(super) async fn show(d: &Daemon) -> Result<Answer, OperationError> {
    Ok(Answer::HostDrift { items: look(d).await?.into_iter().map(|found| found.item).collect() })
}

/// Puts right what is not. Each part by itself: one that cannot be keeps no other from it.
pub(super) async fn converge(d: &Daemon, call: &Call) -> Result<Answer, OperationError> {
    note(d, call).await?;
    let found = look(d).await?;
    if found.is_empty() {
        return Ok(Answer::Done {});
    }
    let items: Vec<DriftItem> = found.iter().map(|found| found.item.clone()).collect();
    let texts: BTreeMap<String, String> =
        found.into_iter().filter_map(|found| found.text.map(|text| (found.item.target.clone(), text))).collect();
    let by = format!("host_converge for {}", call.request.actor);
    keep_of_host(&d.folders, &Kept { at: d.now(), by: &by, items: &items, texts }).await.map_err(|e| host_failed(&e))?;
    repair(d, &items).await?;
    match look(d).await?.into_iter().next() {
        None => Ok(Answer::Done {}),
        Some(left) => {
            let message = format!("not all could be put right: {}", left.item.summary);
            Err(OperationError::new(nusantara_proto::host::ErrorCode::HostFailed, message).detail(left.item.target))
        }
    }
}

async fn repair(d: &Daemon, items: &[DriftItem]) -> Result<(), OperationError> {
    let is = |name: &str| items.iter().any(|item| item.item.as_str().starts_with(name));
    let failed = |e: nusantara_host::HostError| host_failed(&e);
    if is("unit.") {
        provision::write_units(&d.systemd, all_units(d)).await.map_err(failed)?;
    }
    if is("nginx.") {
        web::include_ours(&d.folders.state.join("nginx"), Path::new(WEB)).await.map_err(failed)?;
        provision::panel_conf(d).await;
        // Also where that file was right: what leads to it was not, and nginx has to read all of it.
        if let Ok(text) = std::fs::read(panel_conf(d)) {
            d.web.change(ConfFile::Panel, Some(text), None).await.map_err(crate::web::NotLive::into_error)?;
        }
    }
    if is("sshd") {
        provision::sshd(d).await;
    }
    if is("firewall") {
        d.ports.load_again().await.map_err(failed)?;
    }
    // Last: it is a server of somebody else's making, and what fails there keeps nothing of ours from being put right.
    if is("mariadb") {
        database_server::provide(d).await?;
    }
    Ok(())
}

fn panel_conf(d: &Daemon) -> PathBuf {
    d.folders.state.join("nginx/live/00-panel.conf")
}

fn all_units(d: &Daemon) -> Vec<Unit> {
    provision::php_units(&d.php).into_iter().chain(provision::units_of_all()).collect()
}

async fn look(d: &Daemon) -> Result<Vec<Found>, OperationError> {
    let mut out = Vec::new();
    out.extend(nginx_include(d));
    out.extend(nginx_panel(d));
    for unit in all_units(d).into_iter().filter(|unit| !unit.is_there()) {
        let name = unit.path.file_name().and_then(|name| name.to_str()).unwrap_or_default().trim_start_matches("nusantara-");
        let slug: String = name.chars().map(|c| if c == '@' { '-' } else { c }).collect();
        out.extend(text(&format!("unit.{slug}"), &unit.path, &unit.text, "A unit that accounts share"));
    }
    // Where there is no sshd, or it does not ask us, no account gets in, and that is said elsewhere.
    if sshd::look().await.is_ok() && !sshd::is_in_place(&d.folders.state) {
        out.extend(text("sshd", Path::new(ssh::DROPIN), &ssh::dropin(), "What sshd holds of accounts"));
    }
    match mariadb().await {
        Ok(found) => out.extend(found),
        Err(error) => tracing::warn!(%error, detail = error.detail, "the database server cannot be looked at"),
    }
    out.extend(firewall(d, &d.systemd).await.map_err(|e| host_failed(&e))?);
    Ok(out)
}

/// A file that is not as it should be.
fn text(item: &str, path: &Path, wanted: &str, what: &str) -> Option<Found> {
    let is = std::fs::read_to_string(path).ok();
    let verb = if is.is_some() { "was changed by hand" } else { "is gone" };
    let diff = unified(wanted, is.as_deref().unwrap_or_default());
    Some(Found { item: found(item, path.display().to_string(), format!("{what} {verb}"), Some(diff).filter(|d| !d.is_empty()))?, text: is })
}

fn found(item: &str, target: String, summary: String, diff: Option<String>) -> Option<DriftItem> {
    Some(DriftItem { item: item.parse().ok()?, target, summary, diff, adoptable: false, why_not: Some(WHY_NOT.to_owned()) })
}

fn nginx_include(d: &Daemon) -> Option<Found> {
    if web::includes_ours(&d.folders.state.join("nginx"), Path::new(WEB)) {
        return None;
    }
    let (path, wanted) = web::include(Path::new(WEB));
    text("nginx.include", &path, wanted, "What makes the web server read the sites of accounts")
}

fn nginx_panel(d: &Daemon) -> Option<Found> {
    let live = std::fs::read_to_string(panel_conf(d)).ok();
    let variants = nginx::PANEL_VARIANTS.map(|variant| nginx::panel(variant, d.nginx));
    if live.as_ref().is_some_and(|live| variants.contains(live)) {
        return None;
    }
    text("nginx.panel", &panel_conf(d), &variants[0], "What all sites share")
}

/// Where there is no server, or it is silent, nobody gets in.
async fn mariadb() -> Result<Option<Found>, nusantara_host::HostError> {
    if !nusantara_host::databases::installed() {
        return Ok(None);
    }
    if !database_server::is_in_place() {
        return Ok(text("mariadb", Path::new(MARIADB_SETTINGS), SETTINGS, "What the database server is set to"));
    }
    if database_server::is_guarded().await? != Some(false) {
        return Ok(None);
    }
    let summary = "The database server runs with other settings, or has a user or a right that a fresh installation leaves open";
    Ok(found("mariadb", "mariadb.service".to_owned(), summary.to_owned(), None).map(|item| Found { item, text: None }))
}

async fn firewall(d: &Daemon, systemd: &Systemd) -> Result<Option<Found>, nusantara_host::HostError> {
    if !d.ports.works() {
        return Ok(None);
    }
    let (path, wanted) = d.ports.wanted();
    if std::fs::read_to_string(&path).ok().as_ref() != Some(&wanted) {
        return Ok(text("firewall", &path, &wanted, "What keeps accounts from each other's ports"));
    }
    let summary = "The table that keeps accounts from each other's ports was changed by hand, or is gone".to_owned();
    if !systemd.is_active(FIREWALL).await? {
        let diff = Some("-loaded\n+not loaded\n".to_owned());
        return Ok(found("firewall", FIREWALL.to_owned(), summary, diff).map(|item| Found { item, text: None }));
    }
    let Some((should, is)) = d.ports.difference().await? else { return Ok(None) };
    let item = found("firewall", "table inet nusantara".to_owned(), summary, Some(unified(&should, &is)));
    Ok(item.map(|item| Found { item, text: Some(is) }))
}
