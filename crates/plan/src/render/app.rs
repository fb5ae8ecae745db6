//! Apps: one service template, and per app a description and the drop-in of its instances.
//!
//! What an account chose freely (arguments, environment, paths) is in the description only, which is JSON and read by our own
//! launcher. systemd is told names, numbers and words of ours.

use crate::paths;
use askama::Template;
use nusantara_types::apps::{NodeApp, RestartPolicy};
use nusantara_types::{AccountSpec, AppName, Username};

/// The ports that belong to apps.
pub(super) const PORTS: (u16, u16) = (20_000, 29_999);

#[derive(Template)]
#[template(path = "app.service", escape = "none")]
struct ServiceTemplate {
    sockets: &'static str,
    first_port: u16,
    last_port: u16,
}

/// `nusantara-app@.service`.
#[must_use]
pub fn service_template() -> String {
    super::text(&ServiceTemplate { sockets: paths::APP_SOCKETS, first_port: PORTS.0, last_port: PORTS.1 })
}

/// The unit of an instance. Numbers begin with 0.
#[must_use]
pub fn unit(username: &Username, name: &AppName, instance: u32) -> String {
    format!("nusantara-app@{username}.{name}.{instance}.service")
}

/// What an app needs besides the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppTexts {
    /// What the launcher reads.
    pub description: String,
    /// The drop-in of each instance.
    pub dropin: String,
    /// How many instances there are.
    pub instances: u32,
}

/// The texts of an app.
#[must_use]
pub fn texts(spec: &AccountSpec, app: &NodeApp) -> AppTexts {
    AppTexts { description: description(app), dropin: dropin(spec, app), instances: app.instances }
}

/// The app as the spec has it, without what only hostd and systemd need to know: changing that starts nothing again.
fn description(app: &NodeApp) -> String {
    let mut text = serde_json::to_string_pretty(&NodeApp { enabled: true, ..app.clone() }).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Template)]
#[template(path = "app-dropin.conf", escape = "none")]
struct DropinTemplate<'a> {
    username: &'a Username,
    uid: u32,
    sockets: &'static str,
    restart: &'static str,
    ports: Vec<u16>,
}

fn dropin(spec: &AccountSpec, app: &NodeApp) -> String {
    super::text(&DropinTemplate {
        username: &spec.account.username,
        uid: spec.account.uid,
        sockets: paths::APP_SOCKETS,
        restart: match app.restart {
            RestartPolicy::Always => "always",
            RestartPolicy::OnFailure => "on-failure",
            RestartPolicy::Never => "no",
        },
        ports: app.ports().collect(),
    })
}

/// The tmpfiles.d(5) line that makes an account's folder of sockets at every boot: the account makes sockets in it, the web
/// server's group may reach them by name, nobody else may enter.
#[must_use]
pub fn tmpfiles(username: &Username) -> String {
    format!("# Written by nusantara-hostd.\nd {}/{username} 2710 {username} www-data -\n", paths::APP_SOCKETS)
}
