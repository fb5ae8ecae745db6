//! PHP: an FPM configuration per account, a socket and a service template per installed branch.

use crate::paths;
use crate::site::{DEFAULT_UPLOAD_MB, Site, sites};
use askama::Template;
use nusantara_types::sites::{IniValue, PhpIni, PhpSetting};
use nusantara_types::{AccountSpec, Limits, PhpVersion, Username};

#[derive(Template)]
#[template(path = "php-pool.conf", escape = "none")]
struct PoolTemplate<'a> {
    username: &'a Username,
    version: &'a PhpVersion,
    home: String,
    php_sockets: &'static str,
    max_children: u64,
    ready: u64,
    most_ready: u64,
    memory_limit_mb: u64,
    upload_mb: u32,
    ini: Vec<String>,
}

/// FPM configuration of one account for one branch.
#[must_use]
pub fn pool(spec: &AccountSpec, version: &PhpVersion) -> String {
    let username = &spec.account.username;
    let max_children = max_children(&spec.limits);
    super::text(&PoolTemplate {
        username,
        version,
        home: paths::home(username),
        php_sockets: paths::PHP_SOCKETS,
        max_children,
        ready: ready(max_children),
        most_ready: (max_children / 2).clamp(ready(max_children), 8),
        memory_limit_mb: (spec.limits.memory_limit_mb / 2).clamp(32, 256),
        // A form's size is judged before the settings of its site are known, so here stands what the largest site may have.
        upload_mb: on(spec, version).iter().map(Site::upload_mb).max().unwrap_or(DEFAULT_UPLOAD_MB),
        ini: spec.services.php.ini.iter().map(|(setting, value)| pool_line(setting, value)).collect(),
    })
}

/// The sites that a branch answers for.
fn on<'a>(spec: &'a AccountSpec, version: &PhpVersion) -> Vec<Site<'a>> {
    sites(spec).into_iter().filter(|site| site.php() == Some(version)).collect()
}

/// A setting of the pool. Scripts may change those that PHP lets them change.
fn pool_line(setting: PhpSetting, value: &IniValue) -> String {
    let name = setting.name();
    let word = match (setting, value) {
        // PHP takes this one from its administrator only.
        (PhpSetting::AllowUrlFopen, _) => "php_admin_flag",
        (_, IniValue::Switch(_)) => "php_flag",
        (_, IniValue::Number(_) | IniValue::Zone(_)) => "php_value",
    };
    format!("{word}[{name}] = {}", ini_value(setting, value))
}

/// A value in the words of an ini file; none of them needs quotes.
fn ini_value(setting: PhpSetting, value: &IniValue) -> String {
    match value {
        IniValue::Switch(true) => "on".to_owned(),
        IniValue::Switch(false) => "off".to_owned(),
        IniValue::Number(n) if setting == PhpSetting::MemoryLimit => format!("{n}M"),
        IniValue::Number(n) => n.to_string(),
        IniValue::Zone(zone) => zone.to_string(),
    }
}

/// What single sites of a branch have of their own: a section for each, by the name nginx gives as `SERVER_NAME` (php.net, "HOST
/// sections"). PHP puts it in force for one request at a time, and takes it back after it. `None` when no site has any.
#[must_use]
pub fn site_ini(spec: &AccountSpec, version: &PhpVersion) -> Option<String> {
    let mut out = String::new();
    for site in on(spec, version) {
        let ini: &PhpIni = &site.settings.php_ini;
        if ini.is_empty() && site.settings.max_upload_mb.is_none() {
            continue;
        }
        out.push_str(&format!("\n[HOST={}]\n", site.settled()));
        if site.settings.max_upload_mb.is_some() {
            let mb = site.upload_mb();
            out.push_str(&format!("upload_max_filesize = {mb}M\npost_max_size = {mb}M\n"));
        }
        for (setting, value) in ini.iter() {
            out.push_str(&format!("{} = {}\n", setting.name(), ini_value(setting, value)));
        }
    }
    let head = format!("; Written by nusantara-hostd for the account {}.\n", spec.account.username);
    (!out.is_empty()).then(|| head + &out)
}

/// How many requests PHP answers at once: what fits the account's memory at 48 MiB each, and leaves three quarters of its
/// processes to what PHP starts. At least 2, so that a site that calls itself does not wait for itself; at most 64.
fn max_children(limits: &Limits) -> u64 {
    (limits.memory_limit_mb / 48).min(u64::from(limits.tasks()) / 4).clamp(2, 64)
}

/// How many workers wait for requests, and how many more start in a second of need: a quarter of all, from 2 to 4.
fn ready(max_children: u64) -> u64 {
    (max_children / 4).clamp(2, 4)
}

/// What an account's PHP needs besides the templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhpTexts {
    /// FPM configuration.
    pub pool: String,
    /// The service's drop-in, which names the account's slice.
    pub dropin: String,
    /// Settings of single sites, when there are any.
    pub ini: Option<String>,
}

/// The texts of an account and branch.
#[must_use]
pub fn texts(spec: &AccountSpec, version: &PhpVersion) -> PhpTexts {
    PhpTexts { pool: pool(spec, version), dropin: slice_dropin(spec.account.uid), ini: site_ini(spec, version) }
}

#[derive(Template)]
#[template(path = "php.socket", escape = "none")]
struct SocketTemplate<'a> {
    version: &'a PhpVersion,
    php_sockets: &'static str,
}

#[derive(Template)]
#[template(path = "php.service", escape = "none")]
struct ServiceTemplate<'a> {
    version: &'a PhpVersion,
    php_sockets: &'static str,
    state: &'static str,
}

/// `nusantara-php<version>@.socket`.
#[must_use]
pub fn socket_template(version: &PhpVersion) -> String {
    super::text(&SocketTemplate { version, php_sockets: paths::PHP_SOCKETS })
}

/// `nusantara-php<version>@.service`.
#[must_use]
pub fn service_template(version: &PhpVersion) -> String {
    super::text(&ServiceTemplate { version, php_sockets: paths::PHP_SOCKETS, state: paths::STATE })
}

/// The drop-in that puts an account's PHP into its slice.
#[must_use]
pub fn slice_dropin(uid: u32) -> String {
    format!("# Written by nusantara-hostd.\n[Service]\nSlice=user-{uid}.slice\n")
}
