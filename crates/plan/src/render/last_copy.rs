//! The unit that makes the last copy of an account: one template, and a drop-in while a copy is made.

use crate::paths;
use askama::Template;
use nusantara_types::Username;
use std::time::Duration;

/// How long a copy may take.
pub const PATIENCE: Duration = Duration::from_secs(4 * 60 * 60);

#[derive(Template)]
#[template(path = "last-copy.service", escape = "none")]
struct ServiceTemplate {
    copies: &'static str,
    minutes: u64,
}

#[derive(Template)]
#[template(path = "last-copy-dropin.conf", escape = "none")]
struct Dropin<'a> {
    username: &'a Username,
    uid: u32,
    room: u64,
}

/// `nusantara-last-copy@.service`.
#[must_use]
pub fn service_template() -> String {
    super::text(&ServiceTemplate { copies: paths::LAST_COPIES, minutes: PATIENCE.as_secs() / 60 })
}

/// What the copy of one account needs besides: who it is, and how many bytes there is room for.
#[must_use]
pub fn dropin(username: &Username, uid: u32, room: u64) -> String {
    super::text(&Dropin { username, uid, room })
}

/// The unit for an account.
#[must_use]
pub fn unit(username: &Username) -> String {
    format!("nusantara-last-copy@{username}.service")
}
