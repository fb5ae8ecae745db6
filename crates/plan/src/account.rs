//! What has to change between the spec of an account and what was observed of it on the host.

use crate::change::{Change, CronSetting, DiskQuota, Envelope, HomeAccess, NewDocRoot};
use crate::render::access::{self, AccessFiles};
use crate::render::app::{self, AppTexts};
use crate::render::cron::{self, CronTexts};
use crate::render::nginx::{self, Dialect};
use crate::render::php::{PhpTexts, texts};
use crate::render::ssh::{self, SshTexts};
use crate::render::starter;
use crate::render::{databases, ftp};
use crate::serving::Serving;
use crate::site::{self, Site, php_versions, sites};
use nusantara_types::apps::NodeApp;
use nusantara_types::cron::CronJob;
use nusantara_types::databases::SqlUsers;
use nusantara_types::sites::ProxyTarget;
use nusantara_types::{
    AccountSpec, AppName, CronJobName, DatabaseName, DocRoot, DomainName, Login, PhpVersion, Revision, Runtime, Shell, SiteSettings,
    Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is there of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// The six files, when they can be used.
    pub spec: Option<AccountSpec>,
    /// Whether the folder of the six files is there, whatever is in it.
    pub spec_folder: bool,
    /// Whether the host was never brought to those files: they were written by hand, or come from another host. What they say was
    /// made is not there, unless it is seen.
    pub unapplied: bool,
    /// The Linux user.
    pub user: Option<ObservedUser>,
    /// Whether the home is there.
    pub home: bool,
    /// Whose it is, when it could be looked at.
    pub home_owner: Option<u32>,
    /// Who may enter it, when it could be looked at.
    pub home_access: Option<HomeAccess>,
    /// Whether the home's removal was begun and not ended.
    pub home_half_removed: bool,
    /// The slice's limits.
    pub slice: ObservedSlice,
    /// What the file system of the homes lets the account own.
    pub quota: ObservedQuota,
    /// Ports of this host that are closed to other accounts for its sake.
    pub ports: BTreeSet<u16>,
    /// Bytes sent to its visitors this calendar month (UTC).
    pub sent_bytes: u64,
    /// PHP, by branch; only branches of which something is there.
    pub php: BTreeMap<PhpVersion, ObservedPhp>,
    /// What the installed nginx understands.
    pub nginx: Dialect,
    /// The files that say who may enter protected folders.
    pub access: AccessFiles,
    /// The text that makes the folder of sockets at boot.
    pub sockets: Option<String>,
    /// Apps of which something is there.
    pub apps: BTreeMap<AppName, ObservedApp>,
    /// Cron jobs of which something is there.
    pub cron: BTreeMap<CronJobName, ObservedCron>,
    /// Databases.
    pub databases: ObservedDatabases,
    /// FTP.
    pub ftp: ObservedFtp,
    /// The live vhost file.
    pub vhost: Option<String>,
    /// SSH, when something is there of it.
    pub ssh: Option<SshTexts>,
    /// Whether the folder of the site logs is there.
    pub logs: bool,
    /// Whether anything runs in the account's slice.
    pub processes: bool,
}

/// A Linux user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObservedUser {
    /// Uid.
    pub uid: u32,
    /// Gid.
    pub gid: u32,
    /// Login shell, when it is one that an account may have.
    pub shell: Option<Shell>,
    /// Password and expiry.
    pub login: Login,
    /// Whether the user or its group is missing, as after a useradd(8) or userdel(8) that was killed.
    pub half: bool,
}

/// A slice; each limit `None` where nothing is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ObservedSlice {
    /// Percent of one core.
    pub cpu_percent: Option<u32>,
    /// MiB.
    pub memory_mb: Option<u64>,
    /// Processes and threads.
    pub tasks: Option<u32>,
    /// MiB per second.
    pub io_mb_s: Option<u32>,
}

impl ObservedSlice {
    /// The envelope, when all of it is set.
    #[must_use]
    pub fn envelope(&self) -> Option<Envelope> {
        Some(Envelope { cpu_percent: self.cpu_percent?, memory_mb: self.memory_mb?, tasks: self.tasks?, io_mb_s: self.io_mb_s? })
    }

    fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

/// What a file system lets an account own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ObservedQuota {
    /// It keeps no quotas.
    #[default]
    Unkept,
    /// It keeps them, and this is what is set.
    Kept(Option<DiskQuota>),
}

impl From<Envelope> for ObservedSlice {
    fn from(e: Envelope) -> Self {
        Self { cpu_percent: Some(e.cpu_percent), memory_mb: Some(e.memory_mb), tasks: Some(e.tasks), io_mb_s: Some(e.io_mb_s) }
    }
}

/// PHP of one account and branch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedPhp {
    /// FPM configuration.
    pub pool: Option<String>,
    /// The drop-in that names the slice.
    pub dropin: Option<String>,
    /// Settings of single sites.
    pub ini: Option<String>,
    /// What lies beside the drop-in, by name: systemd reads it too.
    pub beside: BTreeMap<String, String>,
    /// Whether systemd listens on the socket now.
    pub listening: bool,
    /// Whether it will after a reboot.
    pub enabled: bool,
}

impl ObservedPhp {
    pub(crate) fn texts(&self) -> Option<PhpTexts> {
        Some(PhpTexts { pool: self.pool.clone()?, dropin: self.dropin.clone()?, ini: self.ini.clone() })
    }
}

/// An app of one account. Whether it runs at the moment is not looked at: an app that ended by itself is as its owner made it, and
/// must not stand in the way of other changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedApp {
    /// What it is started from.
    pub description: Option<String>,
    /// The drop-ins of its instances, by number.
    pub dropins: BTreeMap<u32, String>,
    /// What lies beside them, by number and name: systemd reads it too.
    pub beside: BTreeMap<(u32, String), String>,
    /// Instances that were started, and start at boot.
    pub enabled: BTreeSet<u32>,
}

impl ObservedApp {
    /// The texts, when they are whole.
    fn texts(&self) -> Option<AppTexts> {
        let dropin = self.dropins.get(&0)?.clone();
        let instances = u32::try_from(self.dropins.len()).ok()?;
        let whole = (0..instances).all(|i| self.dropins.get(&i) == Some(&dropin));
        Some(AppTexts { description: self.description.clone().filter(|_| whole)?, dropin, instances })
    }

    fn runs(&self, instances: u32) -> bool {
        self.enabled.iter().copied().eq(0..instances)
    }
}

/// A cron job of one account. Whether it runs at the moment is not looked at, nor how its last run ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedCron {
    /// What it is run from.
    pub description: Option<String>,
    /// The drop-in of its service.
    pub service: Option<String>,
    /// The drop-in of its timer.
    pub timer: Option<String>,
    /// Whether systemd waits for its time, now and after a reboot; `None` when it is neither yes nor no: a timer that is stopped
    /// and would come back, for one.
    pub armed: Option<bool>,
}

impl ObservedCron {
    /// The job, when it is whole.
    pub(crate) fn setting(&self) -> Option<CronSetting> {
        let texts = CronTexts { description: self.description.clone()?, service: self.service.clone()?, timer: self.timer.clone() };
        Some(CronSetting { texts, armed: self.armed? })
    }
}

/// Databases of one account: of the names that its spec has, or has had before the change that is planned, and of no others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedDatabases {
    /// Those that are there.
    pub names: BTreeSet<DatabaseName>,
    /// Users that are there.
    pub users: SqlUsers,
    /// Databases that somebody asked to be removed with all that is in them. Others that are listed no more, because a hand has changed
    /// the files, stay where they are: data goes when it is asked for by name, or with its account.
    pub condemned: BTreeSet<DatabaseName>,
    /// Whether those go only while nothing is in them.
    pub only_empty: bool,
}

impl ObservedDatabases {
    /// What `spec` asks for, all there.
    #[must_use]
    pub fn of(spec: &AccountSpec) -> Self {
        Self { names: databases::names(spec), users: databases::users(spec), ..Self::default() }
    }
}

/// FTP of one account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedFtp {
    /// The logins that are let in, as they were rendered.
    pub logins: Option<String>,
    /// Whether the server is set up to let them in, now and after a reboot.
    pub served: bool,
}

impl ObservedFtp {
    /// Those logins, let in.
    fn of(logins: Option<String>) -> Self {
        Self { served: logins.is_some(), logins }
    }

    /// Whether this lets exactly `wanted` in.
    fn lets_in(&self, wanted: Option<&String>) -> bool {
        self.logins.as_ref() == wanted && (wanted.is_none() || self.served)
    }
}

impl Observed {
    /// The spec that the host was brought to.
    fn applied_spec(&self) -> Option<&AccountSpec> {
        self.spec.as_ref().filter(|_| !self.unapplied)
    }

    /// A host that has exactly what `spec` asks for.
    #[must_use]
    pub fn applied(spec: &AccountSpec) -> Self {
        let mut spec = spec.clone();
        spec.meta.last_applied_revision = Some(spec.revision());
        let a = &spec.account;
        let php = |version: &PhpVersion| {
            let PhpTexts { pool, dropin, ini } = texts(&spec, version);
            let (pool, dropin, beside) = (Some(pool), Some(dropin), BTreeMap::new());
            (version.clone(), ObservedPhp { pool, dropin, ini, beside, listening: true, enabled: true })
        };
        let serving = Serving::of(&spec);
        let enabled = spec.services.nodejs.enabled && serving.runs();
        let login = if serving.runs() { Login::FRESH } else { Login::DENIED };
        let app = |app: &NodeApp| {
            let AppTexts { description, dropin, instances } = app::texts(&spec, app);
            let runs = 0..if enabled && app.enabled { instances } else { 0 };
            let dropins = (0..instances).map(|i| (i, dropin.clone())).collect();
            let beside = BTreeMap::new();
            (app.name.clone(), ObservedApp { description: Some(description), dropins, beside, enabled: runs.collect() })
        };
        let job = |job: &CronJob| {
            let CronSetting { texts: CronTexts { description, service, timer }, armed } = cron_setting(&spec, job);
            (job.name.clone(), ObservedCron { description: Some(description), service: Some(service), timer, armed: Some(armed) })
        };
        Self {
            apps: spec.services.nodejs.apps.iter().map(app).collect(),
            cron: spec.services.cron.jobs.iter().map(job).collect(),
            user: Some(ObservedUser { uid: a.uid, gid: a.gid, shell: Some(a.shell), login, half: false }),
            home: true,
            home_owner: Some(a.uid),
            home_access: Some(HomeAccess::MADE),
            sockets: needs_sockets(&spec).then(|| app::tmpfiles(&a.username)),
            home_half_removed: false,
            slice: Envelope::from(&spec.limits).into(),
            quota: ObservedQuota::Kept(Some(DiskQuota::from(&spec.limits))),
            ports: spec.ports().into_iter().collect(),
            sent_bytes: 0,
            php: php_versions(&spec).into_iter().map(php).collect(),
            nginx: Dialect::default(),
            access: access::files(&spec),
            vhost: Some(nginx::vhost(&spec, serving, Dialect::default()).text),
            databases: ObservedDatabases::of(&spec),
            ftp: ObservedFtp::of(ftp::logins(&spec)),
            logs: true,
            processes: serving.runs(),
            ssh: ssh::texts(&spec),
            spec: Some(spec),
            spec_folder: true,
            unapplied: false,
        }
    }
}

/// The host has something of that name which is not the account's, so nothing may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// What, as a sentence.
    pub message: String,
}

/// What brings the host to `spec`. Empty when it is there.
///
/// # Errors
/// [`Foreign`] when the Linux user has another uid or gid than the spec.
pub fn plan(spec: &AccountSpec, observed: &Observed) -> Result<Vec<Change>, Foreign> {
    let mut out = Vec::new();
    let revision = spec.revision();
    let before = observed.spec.as_ref();
    if before.is_none_or(|b| b.revision() != revision || b.meta.certificates != spec.meta.certificates) {
        out.push(Change::SpecWrite { before: before.cloned().map(Box::new), after: Box::new(spec.clone()) });
    }
    match observed.user.filter(|user| !user.half || user.uid != spec.account.uid) {
        None => out.push(Change::UserCreate { shell: spec.account.shell }),
        Some(user) if (user.uid, user.gid) == (spec.account.uid, spec.account.gid) => {
            if user.shell != Some(spec.account.shell) {
                out.push(Change::UserShell { before: user.shell, after: spec.account.shell });
            }
        }
        Some(user) => {
            let message = format!(
                "the Linux user {} has uid {} and gid {}, the spec says {} and {}",
                spec.account.username, user.uid, user.gid, spec.account.uid, spec.account.gid
            );
            return Err(Foreign { message });
        }
    }
    if let Some(owner) = observed.home_owner.filter(|owner| *owner != spec.account.uid) {
        let message = format!("the home of {} belongs to the uid {owner}, the spec says {}", spec.account.username, spec.account.uid);
        return Err(Foreign { message });
    }
    let denied = plan_denial(spec, observed, &mut out);
    if ssh::texts(spec).is_none() && observed.ssh.is_some() {
        out.push(Change::SshRemove { before: observed.ssh.clone() });
    }
    let sites = sites(spec);
    let new_sites = new_sites(&sites, observed);
    if !observed.home {
        let docroots = distinct_docroots(&sites);
        out.push(Change::HomeCreate { docroots, primary: spec.domains.primary.docroot.clone() });
    }
    out.extend(home_access(observed));
    let envelope = Envelope::from(&spec.limits);
    if observed.slice != envelope.into() {
        out.push(Change::SliceSet { before: observed.slice.envelope(), after: envelope });
    }
    let access = access::files(spec);
    let missing = without(&access, &observed.access);
    if !missing.is_empty() {
        out.push(Change::AccessWrite { files: missing });
    }
    plan_quota(spec, observed, &mut out);
    let ports: BTreeSet<u16> = spec.ports().into_iter().collect();
    if observed.ports != ports {
        out.push(Change::PortsGuard { before: observed.ports.clone(), after: ports });
    }
    out.extend(lost_sockets(spec, observed));
    plan_databases(spec, observed, &mut out);
    let starts = plan_apps(spec, observed, &mut out);
    let php_touched = plan_php(spec, observed, &mut out);
    if observed.home {
        out.extend(distinct_docroots(&new_folders(&sites, observed)).into_iter().map(|docroot| Change::DocrootCreate { docroot }));
    }
    out.extend(home_link(spec, observed));
    let serving = Serving::after_sending(spec, observed.sent_bytes);
    let vhost = nginx::vhost(spec, serving, observed.nginx);
    out.extend(new_ftp_folders(spec, observed).into_iter().map(|path| Change::FolderCreate { path }));
    let publish = observed.vhost.as_ref() != Some(&vhost.text) || !observed.logs;
    if publish {
        out.push(Change::WebPublish { before: observed.vhost.clone(), after: vhost.text, new_logs: !observed.logs });
    }
    out.extend(starts);
    plan_cron(spec, observed, &mut out);
    if publish || php_touched {
        let changed = changed_sites(&sites, observed);
        // Behind a notice new ones have no page to be seen.
        let fresh = if serving == Serving::Normal { new_sites } else { Vec::new() };
        out.push(probe(&sites, &fresh, &changed, vhost.token, !observed.home));
    }
    out.extend(certificate_probe(&sites, observed));
    let logins = ftp::logins(spec);
    if !observed.ftp.lets_in(logins.as_ref()) {
        out.push(Change::FtpLogins { before: observed.ftp.logins.clone(), after: logins });
    }
    let needed = php_versions(spec);
    for (version, php) in &observed.php {
        if !needed.contains(version) {
            out.push(Change::PhpDisable { version: version.clone(), before: php.texts() });
        }
    }
    // By name alone: one whose text a hand has changed was just written again.
    let unnamed: AccessFiles =
        observed.access.iter().filter(|(name, _)| !access.contains_key(*name)).map(|(n, t)| (n.clone(), t.clone())).collect();
    if !unnamed.is_empty() {
        out.push(Change::AccessRemove { files: unnamed });
    }
    for (name, app) in &observed.apps {
        if !spec.services.nodejs.apps.iter().any(|wanted| &wanted.name == name) {
            out.push(app_remove(name, app));
        }
    }
    for (name, job) in &observed.cron {
        if !spec.services.cron.jobs.iter().any(|wanted| &wanted.name == name) {
            out.push(Change::CronRemove { name: name.clone(), before: job.setting(), forget: true });
        }
    }
    out.extend(admission(spec, observed));
    if denied || (!Serving::of(spec).runs() && observed.processes) {
        out.push(Change::ProcessesEnd);
    }
    plan_ssh(spec, observed, &mut out);
    let recorded = before.and_then(|b| b.meta.last_applied_revision.as_ref()) == Some(&revision);
    if !recorded || !out.is_empty() {
        out.push(Change::Record { applied: Some(revision) });
    }
    // There is no way back from here.
    let only_empty = observed.databases.only_empty;
    out.extend(condemned(spec, observed).map(|name| Change::DatabaseDrop { name: name.clone(), only_empty }));
    Ok(out)
}

/// Adds databases that are not there, and what makes users be as they shall. A program that starts afterwards finds both.
fn plan_databases(spec: &AccountSpec, observed: &Observed, out: &mut Vec<Change>) {
    let seen = &observed.databases;
    out.extend(databases::names(spec).into_iter().filter(|name| !seen.names.contains(name)).map(|name| Change::DatabaseCreate { name }));
    let after = databases::users(spec);
    // Where users are as they shall be but what was applied is not, a crash may have cut the change short before sessions ended of those
    // that were let in before.
    let before = match observed.applied_spec().map(databases::users) {
        _ if seen.users != after => seen.users.clone(),
        Some(applied) if applied != after => applied,
        _ => return,
    };
    out.push(Change::DatabaseUsers { before, after });
}

/// Databases that were asked to go, were the account's and are not any more.
fn condemned<'a>(spec: &AccountSpec, observed: &'a Observed) -> impl Iterator<Item = &'a DatabaseName> {
    let wanted = databases::names(spec);
    let had = observed.applied_spec().map(databases::names).unwrap_or_default();
    let seen = &observed.databases;
    seen.condemned.iter().filter(move |name| seen.names.contains(*name) && had.contains(*name) && !wanted.contains(*name))
}

/// Adds what keeps everybody from logging in to an account that does not run; says whether it has only now come to that.
fn plan_denial(spec: &AccountSpec, observed: &Observed, out: &mut Vec<Change>) -> bool {
    let serving = Serving::of(spec);
    if serving.runs() {
        return false;
    }
    let login = observed.user.map_or(Login::FRESH, |user| user.login);
    if login != Login::DENIED {
        out.push(Change::LoginDeny { before: login });
    }
    login != Login::DENIED || observed.spec.as_ref().map(Serving::of) != Some(serving)
}

/// What gives an account that runs the login back that its suspension took. A login that somebody took in another way stays taken.
fn admission(spec: &AccountSpec, observed: &Observed) -> Option<Change> {
    let login = observed.user?.login;
    if !Serving::of(spec).runs() || login.expires_day != Login::DENIED.expires_day {
        return None;
    }
    // Without a record, such as after an edit by hand, the password stays as it is.
    let recorded = observed.spec.as_ref().and_then(|spec| spec.account.suspension.as_ref()).map(|suspension| suspension.login);
    let to = recorded.unwrap_or(Login { expires_day: None, ..login });
    (to != login).then_some(Change::LoginAllow { to })
}

/// Adds what the file system is to be told, where it keeps quotas.
fn plan_quota(spec: &AccountSpec, observed: &Observed, out: &mut Vec<Change>) {
    let after = DiskQuota::from(&spec.limits);
    match observed.quota {
        ObservedQuota::Kept(before) if before != Some(after) => out.push(Change::QuotaSet { before, after }),
        ObservedQuota::Kept(_) | ObservedQuota::Unkept => {}
    }
}

/// Whether an account has a folder of sockets: for its apps, or for sites that lead to sockets there.
fn needs_sockets(spec: &AccountSpec) -> bool {
    let leads_to_one = |settings: &SiteSettings| matches!(settings.proxy, Some(ProxyTarget::Socket(_)));
    !spec.services.nodejs.apps.is_empty() || spec.domains.sites().any(|(.., settings)| leads_to_one(settings))
}

/// What makes the folder of sockets again, where it was to be there already. A first app or site brings its own.
fn lost_sockets(spec: &AccountSpec, observed: &Observed) -> Option<Change> {
    let had = observed.spec.as_ref().is_some_and(needs_sockets);
    let after = app::tmpfiles(&spec.account.username);
    let lost = had && needs_sockets(spec) && observed.sockets.as_ref() != Some(&after);
    lost.then(|| Change::AppSockets { before: observed.sockets.clone(), after })
}

/// What says again who may enter the home.
fn home_access(observed: &Observed) -> Option<Change> {
    let before = observed.home_access.filter(|access| observed.home && *access != HomeAccess::MADE)?;
    Some(Change::HomeAccess { before, after: HomeAccess::MADE })
}

/// Adds what lets an account log in. Told by the spec that was there as well as by the host: after a crash the host may be as it shall
/// be already, and then logins still have to end.
fn plan_ssh(spec: &AccountSpec, observed: &Observed, out: &mut Vec<Change>) {
    let (wanted, there) = (ssh::texts(spec), observed.ssh.as_ref());
    let meant = observed.spec.as_ref().and_then(ssh::texts);
    if let Some(after) = &wanted {
        if there != Some(after) {
            out.push(Change::SshApply { before: there.cloned(), after: after.clone() });
        }
        let grants = |before: Option<&SshTexts>| before.is_none_or(|before| before.withdraws(after));
        if grants(there) || grants(meant.as_ref()) {
            out.push(Change::SshCheck { texts: after.clone() });
        }
    }
    let withdraws = |before: &SshTexts| wanted.as_ref().is_none_or(|after| after.withdraws(before));
    if there.is_some_and(withdraws) || meant.as_ref().is_some_and(withdraws) {
        out.push(Change::SessionsEnd);
    }
}

/// Adds what apps are started from; answers with what starts them, which comes when all else they need is there.
fn plan_apps(spec: &AccountSpec, observed: &Observed, out: &mut Vec<Change>) -> Vec<Change> {
    let mut starts = Vec::new();
    let (service, serving) = (&spec.services.nodejs, Serving::of(spec));
    // An app that was ill before its account was suspended, or before the host was repaired, must not keep it from coming back, nor one
    // whose files are yet to come keep its account from being made: only what is new about an app is seen to be well.
    let before = observed.applied_spec().map(|before| &before.services.nodejs);
    let known = |app: &NodeApp| before.is_none_or(|before| before.enabled == service.enabled && before.apps.contains(app));
    for app in &service.apps {
        let after = app::texts(spec, app);
        let seen = observed.apps.get(&app.name).cloned().unwrap_or_default();
        let (before, instances, name) = (seen.texts(), after.instances, app.name.clone());
        let whole = before.as_ref() == Some(&after) && seen.beside.is_empty();
        let (changed, wanted) = (!whole, serving.runs() && service.enabled && app.enabled);
        let mut ran = !seen.enabled.is_empty();
        if ran && !wanted {
            let instances = before.as_ref().map_or(instances, |b| b.instances);
            out.push(Change::AppStop { name: name.clone(), instances });
            ran = false;
        }
        if changed {
            out.push(Change::AppPut { name: name.clone(), before, after, ran });
        }
        if wanted && (changed || !seen.runs(instances)) {
            starts.push(Change::AppStart { name, instances, demanded: !known(app) });
        }
    }
    starts
}

/// A job as it shall be on the host. A suspended account's jobs are there and do not run.
fn cron_setting(spec: &AccountSpec, job: &CronJob) -> CronSetting {
    let armed = Serving::of(spec).runs() && spec.services.cron.enabled && job.enabled;
    CronSetting { texts: cron::texts(spec, job), armed }
}

fn plan_cron(spec: &AccountSpec, observed: &Observed, out: &mut Vec<Change>) {
    for job in &spec.services.cron.jobs {
        let after = cron_setting(spec, job);
        let before = observed.cron.get(&job.name).and_then(ObservedCron::setting);
        if before.as_ref() != Some(&after) {
            out.push(Change::CronPut { name: job.name.clone(), before, after });
        }
    }
}

pub(crate) fn app_remove(name: &AppName, app: &ObservedApp) -> Change {
    Change::AppRemove { name: name.clone(), before: app.texts(), ran: !app.enabled.is_empty() }
}

/// Adds what PHP needs; says whether that was anything.
fn plan_php(spec: &AccountSpec, observed: &Observed, out: &mut Vec<Change>) -> bool {
    let count = out.len();
    for version in php_versions(spec) {
        let after = texts(spec, version);
        let php = observed.php.get(version).cloned().unwrap_or_default();
        let before = php.texts();
        if before.as_ref() != Some(&after) || !php.listening || !php.enabled || !php.beside.is_empty() {
            out.push(Change::PhpEnable { version: version.clone(), before, after });
        }
    }
    out.len() > count
}

/// The files of `all` that `others` do not have as they are.
fn without(all: &AccessFiles, others: &AccessFiles) -> AccessFiles {
    all.iter().filter(|(name, text)| others.get(*name) != Some(text)).map(|(name, text)| (name.clone(), text.clone())).collect()
}

/// Sees that the sites answer, the primary one first. Of the new ones those whose pages are the host's business must besides
/// answer; what an account runs itself may still have to be started.
fn probe(sites: &[Site<'_>], new: &[Site<'_>], changed: &[Site<'_>], token: Revision, pristine: bool) -> Change {
    let fresh = new.iter().filter(|site| !matches!(site.runtime(), Runtime::Proxy | Runtime::Node));
    let names = |sites: &mut dyn Iterator<Item = &Site<'_>>| -> Vec<DomainName> { sites.map(|s| s.settled().clone()).collect() };
    let mut routed = names(&mut changed.iter());
    for primary in names(&mut sites.iter().take(1)) {
        if !routed.contains(&primary) {
            routed.insert(0, primary);
        }
    }
    Change::SiteProbe { token, routed, fresh: names(&mut fresh.into_iter()), pristine }
}

/// What sees that the sites which got another certificate answer with it.
fn certificate_probe(sites: &[Site<'_>], observed: &Observed) -> Option<Change> {
    let had = observed.applied_spec().map(|spec| &spec.meta.certificates);
    let new = |site: &Site<'_>| {
        let certificate = site.certificate.filter(|now| had.and_then(|had| had.get(site.domain)) != Some(now))?;
        Some((site.settled().clone(), certificate.fingerprint.clone()))
    };
    let new: Vec<_> = sites.iter().filter_map(new).collect();
    (!new.is_empty()).then_some(Change::CertificateProbe { sites: new })
}

/// Sites that the spec on disk did not have, or all of them when the home has to be made: their first page is ours.
fn new_sites<'a>(sites: &[Site<'a>], observed: &Observed) -> Vec<Site<'a>> {
    let had: BTreeSet<&DomainName> =
        observed.applied_spec().into_iter().flat_map(|s| s.domains.sites().map(|(domain, ..)| domain)).collect();
    sites.iter().filter(|s| !observed.home || !had.contains(s.domain)).cloned().collect()
}

/// Sites that the spec on disk did not have just so.
fn changed_sites<'a>(sites: &[Site<'a>], observed: &Observed) -> Vec<Site<'a>> {
    let had: Vec<Site<'_>> = observed.applied_spec().map(site::sites).unwrap_or_default();
    let as_it_was = |s: &Site<'_>| {
        had.iter().any(|h| (h.domain, h.docroot, h.settings, h.certificate) == (s.domain, s.docroot, s.settings, s.certificate))
    };
    sites.iter().filter(|s| !observed.home || !as_it_was(s)).cloned().collect()
}

/// What makes the link in the home follow the primary site's folder, where the spec on disk had another one.
fn home_link(spec: &AccountSpec, observed: &Observed) -> Option<Change> {
    let before = &observed.spec.as_ref().filter(|_| observed.home)?.domains.primary.docroot;
    let after = &spec.domains.primary.docroot;
    (before != after).then(|| Change::HomeLink { before: before.clone(), after: after.clone() })
}

/// Sites in folders that no site of the spec on disk had. A folder that one had is somebody's work by now, whatever they have made
/// of the way to it.
fn new_folders<'a>(sites: &[Site<'a>], observed: &Observed) -> Vec<Site<'a>> {
    let had: BTreeSet<&DocRoot> =
        observed.applied_spec().into_iter().flat_map(|s| s.domains.sites().map(|(.., docroot, _)| docroot)).collect();
    sites.iter().filter(|s| !had.contains(s.docroot)).cloned().collect()
}

/// Folders of FTP logins that no login of the spec on disk had, or all of them when the home has to be made; without those that
/// become docroots.
fn new_ftp_folders(spec: &AccountSpec, observed: &Observed) -> BTreeSet<DocRoot> {
    let of = |spec: &AccountSpec| -> BTreeSet<DocRoot> { spec.services.ftp.accounts.iter().map(|login| login.folder.clone()).collect() };
    let had = observed.applied_spec().filter(|_| observed.home).map(of).unwrap_or_default();
    let docroots: BTreeSet<&DocRoot> = spec.domains.sites().map(|(_, _, docroot, _)| docroot).collect();
    of(spec).into_iter().filter(|folder| !had.contains(folder) && !docroots.contains(folder)).collect()
}

/// The docroots of some sites, each once, with the page of the first site that uses it.
fn distinct_docroots(sites: &[Site<'_>]) -> Vec<NewDocRoot> {
    let mut seen = BTreeSet::new();
    let first = |site: &&Site<'_>| seen.insert(site.docroot.clone());
    sites.iter().filter(first).map(|site| NewDocRoot { path: site.docroot.clone(), page: starter::page(site) }).collect()
}

/// What removes an account: everything that is there of it.
///
/// `uid` is the account's; a Linux user of that name with another one is somebody else's and stays.
///
/// # Errors
/// [`Foreign`] in that case.
pub fn plan_delete(uid: u32, observed: &Observed) -> Result<Vec<Change>, Foreign> {
    if let Some(user) = observed.user.filter(|user| user.uid != uid) {
        return Err(Foreign { message: format!("the Linux user has uid {}, the account had {uid}", user.uid) });
    }
    let mut out = Vec::new();
    let mut when = |there: bool, change: Change| {
        if there {
            out.push(change);
        }
    };
    when(observed.ftp.logins.is_some(), Change::FtpLogins { before: observed.ftp.logins.clone(), after: None });
    when(observed.ssh.is_some(), Change::SshRemove { before: observed.ssh.clone() });
    when(observed.vhost.is_some(), Change::WebWithdraw);
    when(!observed.access.is_empty(), Change::AccessRemove { files: observed.access.clone() });
    for (version, php) in &observed.php {
        when(true, Change::PhpDisable { version: version.clone(), before: php.texts() });
    }
    for (name, app) in &observed.apps {
        when(true, app_remove(name, app));
    }
    for (name, job) in &observed.cron {
        when(true, Change::CronRemove { name: name.clone(), before: job.setting(), forget: true });
    }
    when(observed.user.is_some(), Change::ProcessesEnd);
    let seen = &observed.databases;
    when(!seen.users.is_empty(), Change::DatabaseUsers { before: seen.users.clone(), after: SqlUsers::new() });
    for name in &seen.names {
        when(true, Change::DatabaseDrop { name: name.clone(), only_empty: false });
    }
    when(observed.home || observed.home_half_removed, Change::HomeEmpty);
    when(observed.user.is_some(), Change::SharedEmpty);
    when(!observed.slice.is_unset(), Change::SliceRevert);
    when(matches!(observed.quota, ObservedQuota::Kept(Some(_))), Change::QuotaClear);
    when(observed.user.is_some(), Change::UserDelete);
    when(!observed.ports.is_empty(), Change::PortsGuard { before: observed.ports.clone(), after: BTreeSet::new() });
    when(observed.logs, Change::LogsRemove);
    when(observed.spec_folder, Change::SpecRemove);
    out.push(Change::Record { applied: None });
    Ok(out)
}

/// The same with a last copy first, which stops everything when it fails. An account whose home is gone already, by a deletion that was
/// cut short, has nothing left to be copied.
///
/// # Errors
/// As for [`plan_delete`].
pub fn plan_delete_keeping(uid: u32, observed: &Observed, asked_at: Timestamp) -> Result<Vec<Change>, Foreign> {
    let whole = observed.home && observed.user.is_some() && observed.spec_folder;
    let copy = whole.then_some(Change::LastCopy { asked_at });
    Ok(copy.into_iter().chain(plan_delete(uid, observed)?).collect())
}
