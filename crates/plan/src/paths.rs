//! Where things are on a host (ARCHITECTURE, "Where things are on a host"). Every path here is made of constants and validated
//! names; none is taken from anybody.

use nusantara_types::{AppName, CronJobName, DocRoot, DomainName, PhpVersion, Username};

/// hostd's state.
pub const STATE: &str = "/var/lib/nusantara-hostd";
/// Where the spec folders lie.
pub const USERS: &str = "/etc/nusantara-panel/users";
/// Last copies of accounts that were deleted, for root alone.
pub const LAST_COPIES: &str = "/var/lib/nusantara-hostd/last-copies";
/// Site logs, a folder per account.
pub const SITE_LOGS: &str = "/var/log/nusantara-panel/sites";
/// Answers to ACME's HTTP-01 challenges, a folder per host name, written by root only.
pub const ACME: &str = "/var/lib/nusantara-hostd/acme";
/// The socket that every vhost also listens on, for hostd's own probes. Its folder is root's alone.
pub const PROBE_SOCKET: &str = "/run/nusantara-nginx/probe.sock";
/// The header by which a vhost tells its revision, on [`PROBE_SOCKET`] only and below `/.well-known/acme-challenge/`.
pub const REVISION_HEADER: &str = "Nusantara-Revision";
/// Certificate and key that answer for every site which has none of its own, in one file that only root reads.
pub const HOST_CERTIFICATE: &str = "/var/lib/nusantara-hostd/tls/host.pem";
/// Pages the web server keeps for a while; it makes the folders below itself.
pub const PAGE_CACHE: &str = "/var/lib/nusantara-hostd/cache";
/// Pages that answer in place of sites, such as those of a suspended account.
pub const NOTICES: &str = "/var/lib/nusantara-hostd/notices";
/// Who may enter protected folders: a folder per account.
pub const ACCESS: &str = "/var/lib/nusantara-hostd/access";
/// The folder of PHP's sockets.
pub const PHP_SOCKETS: &str = "/run/nusantara-php";
/// Runtime folders of the accounts' own servers: what the runtimes `proxy` and `node` lead to.
pub const APP_SOCKETS: &str = "/run/nusantara-app";
/// What apps are started from, a folder per account.
pub const APPS: &str = "/var/lib/nusantara-hostd/apps";

/// What cron jobs are run from, a folder per account.
pub const CRON: &str = "/var/lib/nusantara-hostd/cron";
/// What became of their runs, a folder per account, for root alone.
pub const CRON_RUNS: &str = "/var/lib/nusantara-hostd/cron-runs";
/// The nftables table that keeps accounts from each other's ports. Loaded by a unit of its own, at boot and when it changes.
pub const FIREWALL: &str = "/var/lib/nusantara-hostd/firewall.nft";
/// Where the panel listens, as shipped.
pub const PANEL_PORT: u16 = 8443;
/// What MariaDB is set to on a host whose accounts share it.
pub const MARIADB_SETTINGS: &str = "/etc/mysql/mariadb.conf.d/90-nusantara-panel.cnf";
/// FTP logins of all accounts: what the database below was made of last, when all that goes with it was done. Root's alone.
pub const FTP_LOGINS: &str = "/var/lib/nusantara-hostd/ftp/logins";
/// The same in the form that pure-ftpd reads at each login. Root's alone.
pub const FTP_DATABASE: &str = "/var/lib/nusantara-hostd/ftp/logins.pdb";
/// The homes as FTP sees them: the same file system, mounted once more so that no link in it is followed. Its folder is root's alone.
pub const FTP_HOMES: &str = "/run/nusantara-ftp/home";

/// What makes an account's folder of sockets at boot.
#[must_use]
pub fn app_tmpfiles(username: &Username) -> String {
    format!("/etc/tmpfiles.d/nusantara-app-{username}.conf")
}

/// Home of an account.
#[must_use]
pub fn home(username: &Username) -> String {
    format!("/home/{username}")
}

/// A docroot, absolute.
#[must_use]
pub fn docroot(username: &Username, docroot: &DocRoot) -> String {
    format!("/home/{username}/{docroot}")
}

/// Folder of an account's site logs.
#[must_use]
pub fn site_logs(username: &Username) -> String {
    format!("{SITE_LOGS}/{username}")
}

/// What a site's log files are called before `.access.log` and `.error.log`: its name, shortened where it would not fit a file
/// name. Shortened names end in a part of the name's hash, so that two of them stay two.
#[must_use]
pub fn log_name(domain: &DomainName) -> String {
    let name = domain.as_str();
    if name.len() <= 230 {
        return name.to_owned();
    }
    let hash = nusantara_types::Revision::of(&serde_json::Value::from(name));
    format!("{}-{}", &name[..200], &hash.as_str()["sha256:".len()..][..16])
}

/// FPM configuration of an account.
#[must_use]
pub fn php_config(version: &PhpVersion, username: &Username) -> String {
    format!("{STATE}/php/{version}/{username}.conf")
}

/// Folder that FPM scans for settings of single sites.
#[must_use]
pub fn php_ini_folder(version: &PhpVersion, username: &Username) -> String {
    format!("{STATE}/php/{version}/{username}.d")
}

/// Folder of the files that say who may enter which part of an account's sites.
#[must_use]
pub fn access_folder(username: &Username) -> String {
    format!("{ACCESS}/{username}")
}

/// A socket in the runtime folder of an account.
#[must_use]
pub fn app_socket(username: &Username, name: &str) -> String {
    format!("{APP_SOCKETS}/{username}/{name}")
}

/// What an app is started from.
#[must_use]
pub fn app_description(username: &Username, name: &AppName) -> String {
    format!("{APPS}/{username}/{name}.json")
}

/// What a cron job is run from.
#[must_use]
pub fn cron_description(username: &Username, name: &CronJobName) -> String {
    format!("{CRON}/{username}/{name}.json")
}

/// What became of a cron job's runs.
#[must_use]
pub fn cron_runs(username: &Username, name: &CronJobName) -> String {
    format!("{CRON_RUNS}/{username}/{name}.json")
}
