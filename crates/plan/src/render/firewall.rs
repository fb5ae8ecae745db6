//! nftables: which processes of accounts may reach which ports of this host (SECURITY R26).

use super::app::PORTS;
use crate::paths;
use askama::Template;
use nusantara_types::{END_ACCOUNT_UID, FIRST_ACCOUNT_UID};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "firewall.nft", escape = "none")]
struct FirewallTemplate<'a> {
    first_uid: u32,
    last_uid: u32,
    panel: u16,
    first_port: u16,
    last_port: u16,
    claims: &'a BTreeMap<u16, u32>,
}

/// The table, whole: loaded with `nft -f` it takes the place of the one before in one transaction. `claims` says whose port is whose,
/// by uid.
#[must_use]
pub fn table(claims: &BTreeMap<u16, u32>) -> String {
    super::text(&FirewallTemplate {
        first_uid: FIRST_ACCOUNT_UID,
        last_uid: END_ACCOUNT_UID - 1,
        panel: paths::PANEL_PORT,
        first_port: PORTS.0,
        last_port: PORTS.1,
        claims,
    })
}
