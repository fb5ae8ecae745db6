//! nginx: one file for the panel, one per account.

mod server;

use crate::paths;
use crate::serving::Serving;
use crate::site::{Answers, Site, sites};
use askama::Template;
use nusantara_types::apps::{AppListen, NodeApp};
use nusantara_types::{AccountSpec, Revision, Username};
use server::{Answer, ProtectedParts, Server};
use std::collections::BTreeMap;

/// What the installed nginx understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// HTTP/2 is a directive of its own, not a word of `listen` (since 1.25.1).
    pub http2_directive: bool,
    /// A server may refuse the TLS handshake (since 1.19.4).
    pub reject_handshake: bool,
}

impl Dialect {
    /// The dialect of a version such as `1.22.1`; of one that cannot be read, that of the oldest supported.
    #[must_use]
    pub fn of(version: Option<&str>) -> Self {
        let mut parts = version.unwrap_or_default().split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let version = [parts.next(), parts.next(), parts.next()].map(Option::unwrap_or_default);
        Self { http2_directive: version >= [1, 25, 1], reject_handshake: version >= [1, 19, 4] }
    }

    const fn http2_flag(self) -> &'static str {
        if self.http2_directive { "" } else { " http2" }
    }
}

impl Default for Dialect {
    /// That of Debian 12.
    fn default() -> Self {
        Self::of(Some("1.22.1"))
    }
}

/// What `00-panel.conf` may say besides the rest: an admin's own configuration may already say it, and nginx refuses to hear it
/// twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PanelVariant {
    /// Be the default server of port 80, so that names no site has get no answer.
    pub default_server: bool,
    /// Likewise of port 443.
    pub default_tls: bool,
    /// Set the sizes of the table of server names.
    pub hash_sizes: bool,
}

/// The variants, best first.
pub const PANEL_VARIANTS: [PanelVariant; 8] = {
    const fn variant(default_server: bool, default_tls: bool, hash_sizes: bool) -> PanelVariant {
        PanelVariant { default_server, default_tls, hash_sizes }
    }
    [
        variant(true, true, true),
        variant(false, true, true),
        variant(true, false, true),
        variant(false, false, true),
        variant(true, true, false),
        variant(false, true, false),
        variant(true, false, false),
        variant(false, false, false),
    ]
};

#[derive(Template)]
#[template(path = "panel.conf", escape = "none")]
struct PanelTemplate {
    variant: PanelVariant,
    dialect: Dialect,
    probe_socket: &'static str,
    cache: &'static str,
    certificate: &'static str,
}

/// `00-panel.conf`.
#[must_use]
pub fn panel(variant: PanelVariant, dialect: Dialect) -> String {
    super::text(&PanelTemplate {
        variant,
        dialect,
        probe_socket: paths::PROBE_SOCKET,
        cache: paths::PAGE_CACHE,
        certificate: paths::HOST_CERTIFICATE,
    })
}

#[derive(Template)]
#[template(path = "vhost.conf", escape = "none")]
struct VhostTemplate<'a> {
    username: &'a Username,
    upstreams: &'a [Upstream],
    protected: &'a [ProtectedParts<'a>],
    servers: &'a [Server<'a>],
    dialect: Dialect,
    home: String,
    logs: String,
    token: &'a str,
    acme: &'static str,
    probe_socket: &'static str,
    tls_probe_socket: &'static str,
    uid: u32,
    revision_header: &'static str,
    php_sockets: &'static str,
    certificate: &'static str,
    notices: &'static str,
}

/// An account's vhosts with the word by which a probe recognises them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vhost {
    /// The file.
    pub text: String,
    /// What every site of the file tells in [`paths::REVISION_HEADER`]: a hash of the rest of the file, so it changes when and only
    /// when the file does.
    pub token: Revision,
}

/// An account's file: a server per site, and a small one for each name that only redirects.
#[must_use]
pub fn vhost(spec: &AccountSpec, serving: Serving, dialect: Dialect) -> Vhost {
    let username = &spec.account.username;
    let sites = sites(spec);
    // A notice asks nobody for a password and leads to no app.
    let notice = serving.notice();
    let shown: &[Site<'_>] = if notice.is_some() { &[] } else { &sites };
    let upstreams = upstreams(username, shown);
    let protected: Vec<ProtectedParts<'_>> =
        shown.iter().enumerate().filter_map(|(number, site)| ProtectedParts::of(username, number, site)).collect();
    let servers: Vec<Server<'_>> = match notice {
        Some(notice) => sites.iter().map(|site| server::noticed(site, notice)).collect(),
        None => sites.iter().enumerate().flat_map(|(number, site)| server::of(username, number, site)).collect(),
    };
    let render = |token: &str| {
        super::text(&VhostTemplate {
            username,
            upstreams: &upstreams,
            protected: &protected,
            servers: &servers,
            dialect,
            home: paths::home(username),
            logs: paths::site_logs(username),
            token,
            acme: paths::ACME,
            probe_socket: paths::PROBE_SOCKET,
            tls_probe_socket: paths::TLS_PROBE_SOCKET,
            uid: spec.account.uid,
            revision_header: paths::REVISION_HEADER,
            php_sockets: paths::PHP_SOCKETS,
            certificate: paths::HOST_CERTIFICATE,
            notices: paths::NOTICES,
        })
    };
    let token = Revision::of(&serde_json::Value::from(render("")));
    Vhost { text: render(token.as_str()), token }
}

/// Whether a file is as some build of this program rendered it: its word is the hash of the rest. What a hand has changed is not.
#[must_use]
pub fn is_as_rendered(text: &str) -> bool {
    const SAID: &str = "$nusantara_revision ";
    let token = text.split_once(SAID).and_then(|(_, rest)| rest.split_once(';')).map(|(token, _)| token);
    let Some(token) = token.filter(|token| token.parse::<Revision>().is_ok()) else { return false };
    Revision::of(&serde_json::Value::from(text.replace(token, ""))).as_str() == token
}

/// The instances of an app.
struct Upstream {
    name: String,
    servers: Vec<String>,
}

/// Unique on the host: a username has no hyphen.
fn upstream_name(username: &Username, app: &NodeApp) -> String {
    format!("nusantara-{username}-{}", app.name)
}

/// The apps that sites lead to, each once.
fn upstreams(username: &Username, sites: &[Site<'_>]) -> Vec<Upstream> {
    let apps: BTreeMap<_, &NodeApp> = sites
        .iter()
        .filter_map(|site| match site.answers {
            Answers::App(app) => Some((&app.name, app)),
            _ => None,
        })
        .collect();
    let servers = |app: &NodeApp| match app.listen {
        AppListen::Port(_) => app.ports().map(|port| format!("127.0.0.1:{port}")).collect(),
        AppListen::Socket {} => {
            (0..app.instances).map(|i| format!("unix:{}", paths::app_socket(username, &format!("{}.{i}.sock", app.name)))).collect()
        }
    };
    apps.into_values().map(|app| Upstream { name: upstream_name(username, app), servers: servers(app) }).collect()
}
