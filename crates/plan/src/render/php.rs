//! PHP: an FPM configuration per account, a socket and a service template per installed branch.

use crate::paths;
use askama::Template;
use nusantara_types::{AccountSpec, Limits, PhpVersion, Username};

#[derive(Template)]
#[template(path = "php-pool.conf", escape = "none")]
struct PoolTemplate<'a> {
    username: &'a Username,
    version: &'a PhpVersion,
    home: String,
    php_sockets: &'static str,
    max_children: u64,
    memory_limit_mb: u64,
}

/// FPM configuration of one account for one branch.
#[must_use]
pub fn pool(spec: &AccountSpec, version: &PhpVersion) -> String {
    let username = &spec.account.username;
    super::text(&PoolTemplate {
        username,
        version,
        home: paths::home(username),
        php_sockets: paths::PHP_SOCKETS,
        max_children: max_children(&spec.limits),
        memory_limit_mb: (spec.limits.memory_limit_mb / 2).clamp(32, 256),
    })
}

/// How many requests PHP answers at once: what fits the account's memory at 48 MiB each, and leaves three quarters of its
/// processes to what PHP starts. At least 2, so that a site that calls itself does not wait for itself; at most 64.
fn max_children(limits: &Limits) -> u64 {
    (limits.memory_limit_mb / 48).min(u64::from(limits.tasks()) / 4).clamp(2, 64)
}

/// What an account's PHP needs besides the templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhpTexts {
    /// FPM configuration.
    pub pool: String,
    /// The service's drop-in, which names the account's slice.
    pub dropin: String,
}

/// Both texts of an account and branch.
#[must_use]
pub fn texts(spec: &AccountSpec, version: &PhpVersion) -> PhpTexts {
    PhpTexts { pool: pool(spec, version), dropin: slice_dropin(spec.account.uid) }
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
