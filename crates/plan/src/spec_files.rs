//! The six files of a spec as text.

use nusantara_types::AccountSpec;
use serde::Serialize;

/// The files' names, in the order they are written and read.
pub const NAMES: [&str; 6] = ["account.json", "limits.json", "domains.json", "services.json", "ssh.json", "meta.json"];

/// Name and content of the six files.
#[must_use]
pub fn texts(spec: &AccountSpec) -> [(&'static str, String); 6] {
    [
        (NAMES[0], pretty(&spec.account)),
        (NAMES[1], pretty(&spec.limits)),
        (NAMES[2], pretty(&spec.domains)),
        (NAMES[3], pretty(&spec.services)),
        (NAMES[4], pretty(&spec.ssh)),
        (NAMES[5], pretty(&spec.meta)),
    ]
}

/// JSON as people edit it: two spaces, one line end at the end. These types have string keys only, so this cannot fail.
fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
