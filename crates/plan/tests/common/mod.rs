//! An account to plan and render.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::expect_used, reason = "a fixture that does not parse fails the test")]

use nusantara_types::apps::NodeApp;
use nusantara_types::cron::CronJob;
use nusantara_types::{
    Account, AccountSpec, AccountStatus, CronService, DatabaseService, DocRoot, DomainName, Domains, FtpAccount, FtpService, Limits, Meta,
    NodeService, PhpService, SchemaVersion, ServedDomain, Services, Shell, SiteSettings, Ssh, Subdomain, Timestamp, WebServer,
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
