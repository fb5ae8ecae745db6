//! An account to plan and render.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a fixture that does not parse fails the test")]

use nusantara_plan::account::{Observed, ObservedApp, ObservedCron, ObservedFtp, ObservedPhp, ObservedQuota, ObservedUser};
use nusantara_plan::change::{Change, HomeAccess};
use nusantara_plan::render::app::tmpfiles;
use nusantara_plan::render::cron::CronTexts;
use nusantara_types::apps::NodeApp;
use nusantara_types::certificates::{CertificateSource, SiteCertificate};
use nusantara_types::cron::CronJob;
use nusantara_types::{
    Account, AccountSpec, AccountStatus, CronService, DatabaseService, DocRoot, DomainName, Domains, FtpAccount, FtpService, Limits, Login,
    Meta, NodeService, PhpService, SchemaVersion, ServedDomain, Services, Shell, SiteSettings, Ssh, Subdomain, Suspension, Timestamp,
    WebServer,
};

pub(crate) fn domain(name: &str) -> DomainName {
    name.parse().expect("a domain name")
}

fn time() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().expect("a time")
}

pub(crate) fn addon(name: &str, php: Option<&str>) -> ServedDomain {
    let domain = domain(name);
    let docroot = DocRoot::default_for(&domain);
    let php_version = php.map(|v| v.parse().expect("a version"));
    ServedDomain { domain, docroot, settings: SiteSettings { php_version, ..SiteSettings::default() } }
}

pub(crate) fn subdomain(name: &str, parent: &str) -> Subdomain {
    let ServedDomain { domain, docroot, .. } = addon(name, None);
    Subdomain { subdomain: domain, parent: self::domain(parent), docroot, settings: SiteSettings::default() }
}

/// An app on two or more ports, with what may be hostile to other programs' texts in it.
pub(crate) fn app(name: &str, instances: u32, enabled: bool) -> NodeApp {
    let value = serde_json::json!({
        "name": name, "folder": "apps/shop", "program": {"node": "server.js"}, "args": ["100%", "$HOME \"x\""],
        "env": {"GREETING": "%h ${USER}"}, "listen": {"socket": {}}, "instances": instances,
        "restart": "on_failure", "enabled": enabled,
    });
    serde_json::from_value(value).expect("an app")
}

/// A cron job with a command that is hostile to other programs' texts.
pub(crate) fn cron_job(name: &str, schedule: &str, enabled: bool) -> CronJob {
    let command = "echo 100% \"$HOME\" '%h' ${X} > ~/x; MAILTO=x # é";
    let value = serde_json::json!({ "name": name, "schedule": schedule, "command": command, "timeout_minutes": 30, "enabled": enabled });
    serde_json::from_value(value).expect("a cron job")
}

/// An FTP login.
pub(crate) fn ftp_login(name: &str, folder: &str, enabled: bool) -> FtpAccount {
    let hash = format!("$6$saltsalt${}", "A".repeat(86));
    serde_json::from_value(serde_json::json!({"name": name, "folder": folder, "hash": hash, "enabled": enabled})).expect("a login")
}

/// A database and a user that may enter it, by the parts of their names that are their own.
pub(crate) fn databases(database: &str, user: &str, rights: &str) -> DatabaseService {
    let hash = format!("*{}", "A".repeat(40));
    let grants = serde_json::json!([{ "database": format!("joko_{database}"), "rights": rights }]);
    let value = serde_json::json!({ "enabled": true, "mariadb": {
        "databases": [{ "name": format!("joko_{database}") }],
        "users": [{ "name": format!("joko_{user}"), "hash": hash, "grants": grants }] } });
    serde_json::from_value(value).expect("databases")
}

fn limits() -> Limits {
    Limits {
        schema_version: SchemaVersion,
        disk_quota_mb: 5_120,
        bandwidth_quota_mb: 102_400,
        bandwidth_action: nusantara_types::BandwidthAction::Warn,
        max_addon_domains: 5,
        max_subdomains: 10,
        max_alias_domains: 5,
        max_databases: 3,
        max_db_users: 3,
        max_ftp_accounts: 2,
        max_cron_jobs: 5,
        cpu_limit_percent: 100,
        memory_limit_mb: 1_024,
        io_limit_mb_s: 20,
        max_processes: Some(128),
        max_apps: None,
    }
}

/// joko with joko.test on PHP 8.2.
pub(crate) fn account() -> AccountSpec {
    AccountSpec {
        account: Account {
            schema_version: SchemaVersion,
            username: "joko".parse().expect("a username"),
            uid: 12_000,
            gid: 12_000,
            primary_domain: domain("joko.test"),
            home_dir: "/home/joko".to_owned(),
            shell: Shell::Nologin,
            status: AccountStatus::Active,
            created_at: time(),
            updated_at: time(),
            package: "starter".parse().expect("a package"),
            contact_email: None,
            last_login_ip: None,
            suspension: None,
            last_login_at: None,
        },
        limits: limits(),
        domains: Domains {
            schema_version: SchemaVersion,
            primary: addon("joko.test", None),
            addon_domains: Vec::new(),
            subdomains: Vec::new(),
            alias_domains: Vec::new(),
        },
        services: Services {
            schema_version: SchemaVersion,
            web_server: WebServer::Nginx,
            php: PhpService {
                enabled: true,
                version: "8.2".parse().expect("a version"),
                fpm_pool: "joko".parse().expect("a username"),
                open_basedir: Vec::new(),
                ini: nusantara_types::sites::PhpIni::default(),
            },
            nodejs: NodeService::default(),
            ftp: FtpService::default(),
            cron: CronService::default(),
            databases: DatabaseService::default(),
        },
        ssh: Ssh::default(),
        meta: Meta::default(),
    }
}

/// `ssh.json` with a key, as an owner may set it.
pub(crate) fn ssh(mode: &str) -> Ssh {
    let shell = mode == "shell";
    let value = serde_json::json!({
        "schema_version": 1, "enabled": true, "mode": mode,
        "authorized_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop"],
        "allow_password": false, "allow_port_forwarding": true, "allow_agent_forwarding": shell, "allow_x11_forwarding": false,
    });
    serde_json::from_value(value).expect("ssh.json")
}

pub(crate) fn settings(json: serde_json::Value) -> SiteSettings {
    serde_json::from_value(json).expect("settings")
}

/// An address of an app.
pub(crate) fn listen(port: u16) -> nusantara_types::apps::AppListen {
    serde_json::from_value(serde_json::json!({ "port": port })).expect("an address")
}

pub(crate) fn suspended(spec: &AccountSpec) -> AccountSpec {
    let mut spec = spec.clone();
    spec.account.status = AccountStatus::Suspended;
    let reason = "unpaid".parse().ok();
    spec.account.suspension = Some(Suspension { since: spec.account.created_at, reason, login: Login::FRESH });
    spec
}

/// Observation after `changes` were carried out, as far as this crate can tell.
pub(crate) fn carry_out(spec: &AccountSpec, observed: &Observed, changes: &[Change]) -> Observed {
    let mut o = observed.clone();
    for change in changes {
        match change {
            Change::SpecWrite { after, .. } => {
                o.spec = Some((**after).clone());
                o.spec_folder = true;
            }
            Change::UserCreate { shell } => {
                let (uid, gid) = (spec.account.uid, spec.account.gid);
                o.user = Some(ObservedUser { uid, gid, shell: Some(*shell), login: Login::FRESH, half: false });
            }
            Change::UserShell { after, .. } => o.user.iter_mut().for_each(|user| user.shell = Some(*after)),
            Change::LoginDeny { .. } => o.user.iter_mut().for_each(|user| user.login = Login::DENIED),
            Change::LoginAllow { to } => o.user.iter_mut().for_each(|user| user.login = *to),
            Change::ProcessesEnd => o.processes = false,
            Change::HomeCreate { .. } => {
                o.home = true;
                (o.home_owner, o.home_access) = (Some(spec.account.uid), Some(HomeAccess::MADE));
            }
            Change::HomeAccess { after, .. } => o.home_access = Some(*after),
            Change::AppSockets { after, .. } => o.sockets = Some(after.clone()),
            Change::SliceSet { after, .. } => o.slice = (*after).into(),
            Change::QuotaSet { after, .. } => o.quota = ObservedQuota::Kept(Some(*after)),
            Change::QuotaClear => o.quota = ObservedQuota::Kept(None),
            Change::PortsGuard { after, .. } => o.ports.clone_from(after),
            Change::PhpEnable { version, after, .. } => {
                let (pool, dropin, ini) = (Some(after.pool.clone()), Some(after.dropin.clone()), after.ini.clone());
                o.php
                    .insert(version.clone(), ObservedPhp { pool, dropin, ini, beside: Default::default(), listening: true, enabled: true });
            }
            Change::SshApply { after, .. } => o.ssh = Some(after.clone()),
            Change::SshRemove { .. } => o.ssh = None,
            Change::AccessWrite { files } => o.access.extend(files.clone()),
            Change::AccessRemove { files } => o.access.retain(|name, _| !files.contains_key(name)),
            Change::AppPut { name, after, .. } => {
                o.sockets = Some(tmpfiles(&spec.account.username));
                let dropins = (0..after.instances).map(|i| (i, after.dropin.clone())).collect();
                let description = Some(after.description.clone());
                o.apps.insert(name.clone(), ObservedApp { description, dropins, ..ObservedApp::default() });
            }
            Change::AppStart { name, instances, .. } => o.apps.entry(name.clone()).or_default().enabled = (0..*instances).collect(),
            Change::AppStop { name, .. } => o.apps.entry(name.clone()).or_default().enabled.clear(),
            Change::AppRemove { name, .. } => {
                o.apps.remove(name);
                o.sockets = o.sockets.take().filter(|_| !o.apps.is_empty());
            }
            Change::CronPut { name, after, .. } => {
                let CronTexts { description, service, timer } = after.texts.clone();
                let (description, service, armed) = (Some(description), Some(service), Some(after.armed));
                o.cron.insert(name.clone(), ObservedCron { description, service, timer, armed });
            }
            Change::CronRemove { name, .. } => drop(o.cron.remove(name)),
            Change::DatabaseCreate { name } => drop(o.databases.names.insert(name.clone())),
            Change::DatabaseUsers { after, .. } => o.databases.users.clone_from(after),
            Change::DatabaseDrop { name, .. } => drop(o.databases.names.remove(name)),
            Change::FtpLogins { after, .. } => o.ftp = ObservedFtp { served: after.is_some(), logins: after.clone() },
            Change::WebPublish { after, .. } => {
                o.vhost = Some(after.clone());
                o.logs = true;
            }
            Change::WebWithdraw => o.vhost = None,
            Change::PhpDisable { version, .. } => drop(o.php.remove(version)),
            Change::HomeEmpty => {
                o.home = false;
                (o.home_owner, o.home_access, o.sockets) = (None, None, None);
                o.home_half_removed = false;
            }
            Change::SliceRevert => o.slice = Default::default(),
            Change::UserDelete => o.user = None,
            Change::LogsRemove => o.logs = false,
            Change::SpecRemove => {
                o.spec = None;
                o.spec_folder = false;
            }
            Change::Record { applied } => {
                if let Some(spec) = &mut o.spec {
                    spec.meta.last_applied_revision.clone_from(applied);
                }
            }
            Change::Former { .. }
            | Change::UserRename { .. }
            | Change::HomeMove { .. }
            | Change::SpecMove { .. }
            | Change::FilesMove { .. }
            | Change::WebMove { .. } => panic!("this is about two names: {change:?}"),
            Change::CronRun { .. }
            | Change::DocrootCreate { .. }
            | Change::FolderCreate { .. }
            | Change::LastCopy { .. }
            | Change::SiteProbe { .. }
            | Change::CertificateProbe { .. }
            | Change::SshCheck { .. }
            | Change::HomeLink { .. }
            | Change::SharedEmpty
            | Change::SessionsEnd => {}
        }
    }
    o
}

/// A certificate of these names, told apart from others by a digit.
pub(crate) fn certificate(digit: char, names: &[&str]) -> SiteCertificate {
    let hash = || digit.to_string().repeat(64).parse().expect("a hash");
    SiteCertificate {
        id: hash(),
        fingerprint: hash(),
        source: CertificateSource::Acme,
        names: names.iter().map(|name| name.parse().expect("a name")).collect(),
        issuer: "Test root".to_owned(),
        not_before: time(),
        not_after: "2027-02-18T08:00:00Z".parse().expect("a time"),
        installed_at: time(),
    }
}
