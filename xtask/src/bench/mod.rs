//! `cargo xtask bench`: the product beside bare shell commands doing the same work, on the same machine in one run.
//! Prints ratios and writes them into `docs/benchmarks.md`. Never part of a test: a figure here fails nothing.

mod panel;
mod product;
mod report;
mod scale;
mod serving;
mod shell;

use nusantara_testhost::{Host, HostOptions};
use std::path::Path;
use std::time::{Duration, Instant};

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Accounts timed one after the other at each size.
const ROUNDS: usize = 15;
/// Accounts of the bulk run.
const BULK: usize = 200;

/// Runs every benchmark with the package `deb`, which must be a release build.
pub(crate) fn run(deb: &Path, quick: bool) -> Fallible {
    let many = if quick { 300 } else { 1_000 };
    let mut report = report::Report::default();

    let host = Host::up("bench-shell", &HostOptions::default())?;
    let mut script = shell::Shell::start(&host)?;
    script.create("first", &host)?;
    report.one.bare = median(ROUNDS, |i| script.create(&format!("one{i}"), &host))?;
    eprintln!("shell, 1 existing site: {:?}", report.one.bare);
    report.bulk.bare = timed(|| (0..BULK).try_for_each(|i| script.create(&format!("bulk{i}"), &host).map(drop)))?;
    eprintln!("shell, {BULK} accounts one after the other: {:?}", report.bulk.bare);
    script.fill(&host, many)?;
    report.many.bare = median(ROUNDS, |i| script.create(&format!("many{i}"), &host))?;
    eprintln!("shell, {many} existing sites: {:?}", report.many.bare);
    drop(script);
    host.finish()?;

    let host = Host::up("bench-panel", &HostOptions { install: Some(deb.to_owned()), ..HostOptions::default() })?;
    report.idle_kib = product::idle_pss(&host)?;
    let panel = product::Panel::of(&host);
    panel.create("first", &host)?;
    report.one.ours = median(ROUNDS, |i| panel.create(&format!("one{i}"), &host))?;
    eprintln!("panel, 1 existing site: {:?}", report.one.ours);
    report.bulk.ours = timed(|| panel.create_many("bulk", BULK, 16).map(drop))?;
    report.awake.bare = report.bulk.bare;
    report.awake.ours = report.bulk.ours + timed(|| (0..BULK).try_for_each(|i| until_served(&host, &format!("bulk{i}.test"))))?;
    eprintln!("panel, {BULK} accounts, 16 at a time: {:?}, each asked: {:?}", report.bulk.ours, report.awake.ours);
    panel.create_many("fill", many.saturating_sub(BULK + ROUNDS + 1), 16)?;
    report.many.ours = median(ROUNDS, |i| panel.create(&format!("many{i}"), &host))?;
    eprintln!("panel, {many} existing sites: {:?}", report.many.ours);
    report.loaded_kib = product::idle_pss(&host)?;
    host.finish()?;

    report.serving = serving::measure(deb)?;
    report.sites = many;
    report.write(!quick)
}

/// Runs only what is about thousands of accounts, and writes its figures.
pub(crate) fn scale(deb: &Path) -> Fallible {
    report::write_scale(&scale::measure(deb)?)
}

/// Runs only what is about the panel itself, with the package's program, and writes its figures.
pub(crate) fn panel(deb: &Path) -> Fallible {
    report::write_panel(&panel::measure(deb)?)
}

/// The same in its short form, with a debug build; prints it.
pub(crate) fn panel_quick() -> Fallible {
    println!("{}", panel::measure_quick()?);
    Ok(())
}

/// Runs only what is about serving, and prints it.
pub(crate) fn serving(deb: &Path) -> Fallible {
    let report = report::Report { serving: serving::measure(deb)?, ..report::Report::default() };
    println!("{}", report.serving());
    Ok(())
}

fn timed(work: impl FnOnce() -> Fallible) -> Fallible<Duration> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

fn median(rounds: usize, mut once: impl FnMut(usize) -> Fallible<Duration>) -> Fallible<Duration> {
    let mut times = (0..rounds).map(&mut once).collect::<Fallible<Vec<_>>>()?;
    times.sort_unstable();
    Ok(times[rounds / 2])
}

/// Asks the site until it answers 200 with its own page: a default site would answer 200 for anybody.
/// With 5,000 pools php-fpm needs half a minute for each reload.
const UNTIL_SERVED: Duration = Duration::from_secs(300);

fn until_served(host: &Host, domain: &str) -> Fallible {
    let began = Instant::now();
    loop {
        if host.http_get(domain, "/").is_ok_and(|page| page.status == 200 && page.body.contains(domain)) {
            return Ok(());
        }
        if began.elapsed() > UNTIL_SERVED {
            return Err(format!("{domain} never answered 200").into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
