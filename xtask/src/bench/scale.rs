//! `cargo xtask bench --scale`: what thousands of accounts cost. Its own run and its own figures, because filling hosts takes long.

use super::{Fallible, median, product, shell};
use nusantara_testhost::{Host, HostOptions};
use std::path::Path;
use std::time::Duration;

/// Sites on the host when one more is added. Each has two logs, which nginx holds twice while it reads its configuration again; where
/// root may not open more than 20,000 files, as in many containers, 5,000 would be just too many.
pub(crate) const SITES: usize = 4_800;
/// Accounts made in bulk, whose rate is told.
pub(crate) const BULK: usize = 1_000;
/// Accounts timed one after the other on the full host.
const ROUNDS: usize = 7;
/// How often all accounts are looked at.
const LOOKS: usize = 5;
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
    /// `nusantara plan --all` and a converge that finds nothing to do, with [`BULK`] accounts.
    pub(crate) plan_all: Duration,
    pub(crate) converge_all: Duration,
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
    found.plan_all = median(LOOKS, |_| super::timed(|| Ok(host.run(["nusantara", "plan", "--all"]).map(drop)?)))?;
    found.converge_all = median(LOOKS, |_| super::timed(|| Ok(host.run(["nusantara", "converge", "--all", "--wait"]).map(drop)?)))?;
    eprintln!("panel, {BULK} accounts: plan {:?}, converge {:?}", found.plan_all, found.converge_all);
    panel.create_many("fill", SITES - BULK - 1, 16)?;
    found.more.ours = median(ROUNDS, |i| panel.create(&format!("more{i}"), &host))?;
    eprintln!("panel, {SITES} existing sites: {:?}", found.more.ours);
    found.full_kib = product::pss(&host, "nusantara-hostd.service")?;
    host.finish()?;
    Ok(found)
}
