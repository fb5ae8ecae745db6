//! `cargo xtask bench --scale`: what thousands of accounts cost. Its own run and its own figures, because filling hosts takes long.

use super::{Fallible, median, product, shell};
use nusantara_testhost::{Host, HostOptions};
use std::path::Path;
use std::time::Duration;

/// Sites on the host when one more is added.
pub(crate) const SITES: usize = 5_000;
/// Accounts made in bulk, whose rate is told.
pub(crate) const BULK: usize = 1_000;
/// Accounts timed one after the other on the full host.
const ROUNDS: usize = 7;
/// How many accounts the rate at the beginning and at the end is taken from.
const HUNDRED: usize = 100;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Scale {
    /// Seconds for [`BULK`] accounts.
    pub(crate) bulk: Duration,
    /// The first hundred of them, and the last.
    pub(crate) first: Duration,
    pub(crate) last: Duration,
    /// One more account at [`SITES`].
    pub(crate) more: super::report::Pair,
    /// hostd's memory before, and with [`SITES`], KiB.
    pub(crate) empty_kib: u64,
    pub(crate) full_kib: u64,
}

/// Fills two hosts, one after the other, and measures.
pub(crate) fn measure(deb: &Path) -> Fallible<Scale> {
    let mut found = Scale::default();
    let host = Host::up("bench-scale-shell", &HostOptions::default())?;
    let mut script = shell::Shell::start(&host)?;
    script.create("first", &host)?;
    script.fill(&host, SITES)?;
    found.more.bare = median(ROUNDS, |i| script.create(&format!("more{i}"), &host))?;
    eprintln!("shell, {SITES} existing sites: {:?}", found.more.bare);
    drop(script);
    host.finish()?;

    let host = Host::up("bench-scale", &HostOptions { install: Some(deb.to_owned()), ..HostOptions::default() })?;
    let panel = product::Panel::of(&host);
    panel.create("first", &host)?;
    found.empty_kib = product::pss(&host, "nusantara-hostd.service")?;
    let moments = panel.create_many("bulk", BULK, 16)?;
    let at = |i: usize| moments.get(i.saturating_sub(1)).copied().unwrap_or_default();
    found.bulk = at(BULK);
    found.first = at(HUNDRED);
    found.last = at(BULK).saturating_sub(at(BULK - HUNDRED));
    eprintln!("panel, {BULK} accounts: {:?}, the first hundred {:?}, the last {:?}", found.bulk, found.first, found.last);
    panel.create_many("fill", SITES - BULK - 1, 16)?;
    found.more.ours = median(ROUNDS, |i| panel.create(&format!("more{i}"), &host))?;
    eprintln!("panel, {SITES} existing sites: {:?}", found.more.ours);
    found.full_kib = product::pss(&host, "nusantara-hostd.service")?;
    host.finish()?;
    Ok(found)
}
