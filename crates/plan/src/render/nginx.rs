//! nginx: one file for the panel, one per account.

use crate::paths;
use crate::site::{Site, sites};
use askama::Template;
use nusantara_types::{AccountSpec, Revision, Username};

/// What `00-panel.conf` may say besides the rest: an admin's own configuration may already say it, and nginx refuses to hear it
/// twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PanelVariant {
    /// Be the default server of port 80, so that names no site has get no answer.
    pub default_server: bool,
    /// Set the sizes of the table of server names.
    pub hash_sizes: bool,
}

/// The variants, best first.
pub const PANEL_VARIANTS: [PanelVariant; 4] = [
    PanelVariant { default_server: true, hash_sizes: true },
    PanelVariant { default_server: false, hash_sizes: true },
    PanelVariant { default_server: true, hash_sizes: false },
    PanelVariant { default_server: false, hash_sizes: false },
];

#[derive(Template)]
#[template(path = "panel.conf", escape = "none")]
struct PanelTemplate {
    variant: PanelVariant,
    probe_socket: &'static str,
}

/// `00-panel.conf`.
#[must_use]
pub fn panel(variant: PanelVariant) -> String {
    super::text(&PanelTemplate { variant, probe_socket: paths::PROBE_SOCKET })
}

#[derive(Template)]
#[template(path = "vhost.conf", escape = "none")]
struct VhostTemplate<'a> {
    username: &'a Username,
    sites: &'a [Site<'a>],
    home: String,
    logs: String,
    token: &'a str,
    acme: &'static str,
    probe_socket: &'static str,
    probe_url: &'static str,
    php_sockets: &'static str,
}

/// An account's vhosts with the word by which a probe recognises them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vhost {
    /// The file.
    pub text: String,
    /// What every server of the file answers to below [`paths::PROBE_URL`], with 204 and on the probe socket only: a hash of the
    /// rest of the file, so it changes when and only when the file does.
    pub token: Revision,
}

/// An account's file: a server per site.
#[must_use]
pub fn vhost(spec: &AccountSpec) -> Vhost {
    let username = &spec.account.username;
    let sites = sites(spec);
    let render = |token: &str| {
        super::text(&VhostTemplate {
            username,
            sites: &sites,
            home: paths::home(username),
            logs: paths::site_logs(username),
            token,
            acme: paths::ACME,
            probe_socket: paths::PROBE_SOCKET,
            probe_url: paths::PROBE_URL,
            php_sockets: paths::PHP_SOCKETS,
        })
    };
    let token = Revision::of(&serde_json::Value::from(render("")));
    Vhost { text: render(token.as_str()), token }
}
