//! What the host needs once, whoever is on it: folders, PHP's unit templates, nginx's shared file, and vhosts that say what the
//! specs say. Runs at every start; where everything is in place it changes nothing.

use crate::converge;
use crate::daemon::Daemon;
use crate::state::{Folders, certificates, entries, traffic};
use crate::web::NotLive;
use nusantara_host::HostError;
use nusantara_host::home::Homes;
use nusantara_host::replace::{self, Access};
use nusantara_host::systemd::Systemd;
use nusantara_host::users::Everybody;
use nusantara_host::web::{ConfFile, prepare_probe_folder};
use nusantara_plan::paths;
use nusantara_plan::render::{access, app, cron, ftp, last_copy, nginx, notice, php as texts, sweep};
use nusantara_plan::serving::Serving;
use nusantara_types::{AccountSpec, DomainName, PhpVersion};
use std::path::{Path, PathBuf};

const SECRET: Access = Access { mode: 0o700, owner: None };
/// Passable, not readable.
const PASSABLE: Access = Access { mode: 0o711, owner: None };

/// Makes hostd's own folders.
pub(crate) async fn folders(folders: &Folders) -> Result<(), HostError> {
    // Accounts pass through here to their own FPM configuration, nginx to the answers of ACME.
    replace::dir(folders.state.clone(), PASSABLE).await?;
    for name in ["journal", "revisions", "tls", "tls/accounts", "usage", "cron-runs", "ftp", "ssh", "logins", "overwritten", "last-copies"]
    {
        replace::dir(folders.state.join(name), SECRET).await?;
    }
    // In `cache` nginx makes the folders it needs itself, and gives them to its workers.
    for name in ["php", "acme", "access", "cache", "apps", "cron", "notices"] {
        replace::dir(folders.state.join(name), PASSABLE).await?;
    }
    for (name, page) in notice::PAGES {
        let path = folders.state.join("notices").join(name);
        if std::fs::read(&path).ok().as_deref() != Some(page.as_bytes()) {
            replace::write(path, page, Access::PUBLIC).await?;
        }
    }
    replace::dir(folders.users(), SECRET).await?;
    replace::dir(paths::PHP_SOCKETS, PASSABLE).await?;
    replace::dir(paths::SITE_LOGS, PASSABLE).await?;
    Homes::system().prepare().await?;
    prepare_probe_folder().await
}

/// Makes the host's own certificate, once.
pub(crate) async fn certificate(folders: &Folders, name: Option<&DomainName>) -> Result<(), HostError> {
    let file = folders.certificate();
    if file.exists() {
        return Ok(());
    }
    let pem = nusantara_host::certificate::self_signed(name).await?;
    replace::write(file, pem, Access::SECRET).await
}

/// A unit file of ours.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Unit {
    fn named(name: &str, text: String) -> Self {
        Self { path: Path::new("/etc/systemd/system").join(name), text }
    }

    /// Whether it is on disk as it should be.
    pub(crate) fn is_there(&self) -> bool {
        std::fs::read(&self.path).ok().as_deref() == Some(self.text.as_bytes())
    }
}

/// The templates of PHP branches.
pub(crate) fn php_units(versions: &[PhpVersion]) -> Vec<Unit> {
    let pair = |version: &PhpVersion| {
        let name = |kind: &str| format!("nusantara-php{version}@.{kind}");
        [Unit::named(&name("socket"), texts::socket_template(version)), Unit::named(&name("service"), texts::service_template(version))]
    };
    versions.iter().flat_map(pair).collect()
}

/// The unit templates of apps and cron jobs and the unit of the FTP server.
pub(crate) fn units_of_all() -> Vec<Unit> {
    vec![
        Unit::named("nusantara-app@.service", app::service_template()),
        Unit::named("nusantara-cron@.service", cron::service_template()),
        Unit::named("nusantara-cron@.timer", cron::timer_template()),
        Unit::named(ftp::UNIT, ftp::service()),
        Unit::named("nusantara-last-copy@.service", last_copy::service_template()),
        Unit::named("nusantara-sweep@.service", sweep::service_template()),
    ]
}

/// Finds the installed PHP branches and writes their unit templates.
pub(crate) async fn php(folders: &Folders, systemd: &Systemd) -> Result<Vec<PhpVersion>, HostError> {
    let versions = nusantara_facts::php::branches();
    for version in &versions {
        replace::dir(folders.state.join("php").join(version.as_str()), PASSABLE).await?;
        replace::dir(Path::new(paths::PHP_SOCKETS).join(version.as_str()), PASSABLE).await?;
    }
    write_units(systemd, php_units(&versions)).await?;
    Ok(versions)
}

/// Writes the units that all accounts share. A server that runs by an older text goes on so until it starts again.
pub(crate) async fn shared_units(systemd: &Systemd) -> Result<(), HostError> {
    write_units(systemd, units_of_all()).await
}

/// Writes those that are not as they should be. One reload of systemd, when there was one.
pub(crate) async fn write_units(systemd: &Systemd, units: Vec<Unit>) -> Result<(), HostError> {
    let mut changed = false;
    for unit in units.into_iter().filter(|unit| !unit.is_there()) {
        replace::write(unit.path, unit.text, Access::PUBLIC).await?;
        changed = true;
    }
    if changed { systemd.daemon_reload().await } else { Ok(()) }
}

/// Puts nginx's shared file live: the best variant that nginx takes beside what the admin has.
pub(crate) async fn panel_conf(d: &Daemon) {
    let live = std::fs::read_to_string(d.folders.state.join("nginx/live/00-panel.conf")).unwrap_or_default();
    let mut last = None;
    for variant in nginx::PANEL_VARIANTS {
        let text = nginx::panel(variant, d.nginx);
        if text == live {
            return;
        }
        match d.web.change(ConfFile::Panel, Some(text.into_bytes()), None).await {
            Ok(()) => {
                tracing::info!(?variant, "the web server reads the panel's shared file");
                return;
            }
            Err(error) => last = Some(error),
        }
    }
    if let Some(error) = last {
        let error = error.into_error();
        tracing::error!(detail = error.detail, "the web server's configuration cannot be tested; sites cannot be changed until it can");
    }
}

/// Makes sshd read our file. Where that cannot be, accounts do not get in, and an attempt to switch SSH on says why.
pub(crate) async fn sshd(d: &Daemon) {
    if let Err(why) = crate::sshd::provide(d).await {
        tracing::warn!("SSH for accounts is not available: {}", why.sentence());
    }
}

/// Brings vhosts, disk quotas and the texts of PHP and apps to what the specs say, where a crash, an upgrade or a hand has made them
/// differ.
///
/// What a hand has made of a vhost is left to be seen: that is drift. Accounts that this host never had, because it is being rebuilt,
/// are left to a converge.
pub(crate) async fn resync(d: &Daemon) {
    let everybody = match Everybody::look().await {
        Ok(everybody) => everybody,
        Err(error) => {
            tracing::warn!(%error, "the users of this host cannot be listed; accounts are left as they are");
            return;
        }
    };
    let is_here = |spec: &AccountSpec| everybody.user(&spec.account.username).is_some_and(|user| user.uid == spec.account.uid);
    let (specs, elsewhere): (Vec<AccountSpec>, Vec<AccountSpec>) =
        d.index.names().iter().filter_map(|name| d.specs.read(name).ok()).partition(is_here);
    if !elsewhere.is_empty() {
        tracing::warn!(
            accounts = elsewhere.len(),
            "accounts have files and no Linux user; nusantara converge --all brings them to this host"
        );
    }
    let vhosts = specs.iter().map(|spec| resync_vhost(d, spec));
    futures_util::future::join_all(vhosts).await;
    remove_orphans(d).await;
    let held = |name: &DomainName| specs.iter().any(|spec| spec.domains.claims().iter().any(|(claim, _)| claim == name));
    if let Err(error) = certificates::sweep(&d.folders, held).await {
        tracing::warn!(%error, "answers to challenges of names that nobody has could not be removed");
    }
    let mut reload = false;
    resync_ftp(d, &specs).await;
    for spec in &specs {
        let account = &spec.account.username;
        if let Err(error) = converge::refresh_php(d, spec).await {
            tracing::warn!(%account, %error, "PHP could not be brought up to date");
        }
        if let Err(error) = converge::quota::refresh(d, spec).await {
            tracing::warn!(%account, %error, "the disk quota could not be set");
        }
        match converge::refresh_apps(d, spec).await {
            Ok(changed) => reload |= changed,
            Err(error) => tracing::warn!(%account, %error, "what apps are started from could not be brought up to date"),
        }
    }
    if reload && let Err(error) = d.systemd.daemon_reload().await {
        tracing::warn!(%error, "systemd did not read what apps are started from");
    }
}

/// Lets exactly the FTP logins in that the specs ask for. Those of accounts whose files are broken stay as they were.
async fn resync_ftp(d: &Daemon, specs: &[AccountSpec]) {
    let known = match converge::ftp::known() {
        Ok(known) => known,
        Err(error) => {
            tracing::warn!(%error, "the FTP logins of before cannot be read; they are left as they are");
            return;
        }
    };
    let is_broken = |line: &&String| converge::ftp::account_of(line).parse().is_ok_and(|name| d.index.is_broken(&name));
    let mut wanted: String = known.iter().filter(is_broken).map(|line| format!("{line}\n")).collect();
    wanted.extend(specs.iter().filter_map(ftp::logins));
    let mut lines: Vec<&str> = wanted.lines().collect();
    let mut there: Vec<&str> = known.iter().map(String::as_str).collect();
    lines.sort_unstable();
    there.sort_unstable();
    // Also where nothing differs: the server may have been stopped by a hand, or its database lost.
    if lines.is_empty() && there.is_empty() {
        return;
    }
    match converge::ftp::bring(d, &wanted).await {
        Ok(()) if lines == there => {}
        Ok(()) => tracing::info!(logins = lines.len(), "the FTP logins differed from the specs and were written again"),
        Err(error) => tracing::warn!(%error, detail = error.detail, "FTP logins cannot be let in"),
    }
}

async fn resync_vhost(d: &Daemon, spec: &AccountSpec) {
    let username = &spec.account.username;
    if let Err(error) = converge::access::write(d, username, &access::files(spec)).await {
        tracing::warn!(account = %username, %error, "who may enter protected folders could not be written");
    }
    let serving = Serving::after_sending(spec, traffic::load(&d.folders, username).sent_in(d.now()));
    let wanted = nginx::vhost(spec, serving, d.nginx).text;
    let live = std::fs::read_to_string(d.folders.vhost(username)).ok();
    if live.as_ref() == Some(&wanted) {
        return;
    }
    if live.is_some_and(|live| !nginx::is_as_rendered(&live)) {
        tracing::info!(account = %username, "the vhost was changed by hand; it is left as it is, and shown as drift");
        return;
    }
    if let Err(error) = d.logs.create(username, d.web_user.1).await {
        tracing::warn!(account = %username, %error, "the log folder could not be made");
    }
    let outcome = d.web.change(ConfFile::Site(username.clone()), Some(wanted.into_bytes()), None).await;
    said(username.as_str(), "the vhost differed from the spec and was written again", outcome);
}

/// Vhosts of accounts that do not exist. Those of accounts whose files are broken stay.
async fn remove_orphans(d: &Daemon) {
    let live = entries(&d.folders.state.join("nginx/live/sites")).unwrap_or_default();
    let names = live.iter().filter_map(|file| file.strip_suffix(".conf")?.parse().ok());
    for username in names.filter(|name| !d.specs.exists(name)) {
        let outcome = d.web.change(ConfFile::Site(username.clone()), None, None).await;
        said(username.as_str(), "a vhost without an account was taken off", outcome);
    }
}

fn said(account: &str, what: &str, outcome: Result<(), NotLive>) {
    match outcome.map_err(NotLive::into_error) {
        Ok(()) => tracing::info!(account, "{what}"),
        Err(error) => tracing::warn!(account, detail = error.detail, "the vhost differs from the spec and could not be corrected"),
    }
}
