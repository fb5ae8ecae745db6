//! What the panel does on one core, on each database, beside nginx on the same core: `cargo xtask bench --panel` runs it and keeps
//! what it prints. It boots no host: what is read is the panel's own, and the part of an account that the host knows is left out.
//!
//! The panel, its database server and nginx run on the first core, one after the other; whoever asks them runs on the second.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a measurement that fails is to end")]

mod fill;
mod load;
mod queue;
mod servers;

use fill::Filled;
use load::Target;
use nusantara_testdb::{Kind, Server};
use servers::{Nginx, Panel, on_core};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Where what is measured runs.
pub(crate) const SERVED_ON: usize = 0;
/// Where it is asked from.
pub(crate) const ASKED_FROM: usize = 1;
/// Accounts in one page.
const PAGE: usize = 50;

/// How much of everything.
struct Size {
    accounts: usize,
    /// Requests per second at the fixed rate.
    rate: u64,
    seconds: u64,
    /// Seconds of one run at the most.
    most: u64,
    /// Runs at the most; the median counts.
    runs: usize,
    starts: usize,
    jobs: usize,
    rows: usize,
}

const FULL: Size = Size { accounts: 10_000, rate: 1_000, seconds: 60, most: 8, runs: 3, starts: 15, jobs: 2_000, rows: 5_000 };
const QUICK: Size = Size { accounts: 500, rate: 100, seconds: 3, most: 1, runs: 1, starts: 3, jobs: 100, rows: 300 };

/// Everything found with one database.
struct Figures {
    median: Duration,
    p99: Duration,
    slowest: Duration,
    /// Answers per second: the panel's, and nginx's of as many bytes. A job, an account, a page of accounts.
    most: [[f64; 2]; 3],
    jobs: f64,
    audit: f64,
    verified: f64,
    start: Duration,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let size = if arguments.iter().any(|argument| argument == "--quick") { QUICK } else { FULL };
    let named = arguments.iter().position(|argument| argument == "--program").map(|place| PathBuf::from(&arguments[place + 1]));
    let program = named.unwrap_or_else(|| env!("CARGO_BIN_EXE_nusantarad").into());
    on_core(ASKED_FROM);
    let all = [None, Some(Kind::Postgres), Some(Kind::Mariadb)].map(|kind| measure(kind, &program, &size));
    print!("{}", table(&size, &all));
}

fn measure(kind: Option<Kind>, program: &std::path::Path, size: &Size) -> Figures {
    let name = kind.map_or_else(|| "SQLite".to_owned(), |kind| format!("{kind:?}"));
    let folder = tempfile::tempdir().unwrap();
    on_core(SERVED_ON);
    let server = kind.map(Server::start);
    let url = server.as_ref().map_or_else(|| format!("sqlite://{}/panel.db", folder.path().display()), |server| server.database("panel"));
    let worked = queue::measure(&url, size.jobs, size.rows);
    eprintln!("{name}: {:.0} jobs/s, {:.0} audit rows/s, {:.0} verified/s", worked.jobs, worked.rows, worked.verified);
    let filled = fill::fill(&url, size.accounts);
    on_core(ASKED_FROM);

    let panel = Panel::new(folder.path(), program, &url);
    let start = cold_start(&panel, &filled, size.starts);
    eprintln!("{name}: {start:?} from the start to the first answer");
    let running = panel.start();
    let target = panel.target();
    until_answered(&target, &filled);
    let paths: Vec<String> = filled.names.iter().map(|name| format!("/api/v1/accounts/{name}")).collect();
    // Its connections and its pages of memory are there before anything counts.
    load::at_rate(&target, &filled.token, &paths, size.rate, Duration::from_secs(2));
    let times = load::at_rate(&target, &filled.token, &paths, size.rate, Duration::from_secs(size.seconds));
    let at = |part: usize| times[(times.len() * part / 1_000).min(times.len() - 1)];
    let (median, p99, slowest) = (at(500), at(990), times[times.len() - 1]);
    eprintln!("{name}: {} requests, median {median:?}, p99 {p99:?}, slowest {slowest:?}", times.len());

    let reads = [format!("/api/v1/jobs/{}", worked.one), paths[0].clone(), format!("/api/v1/accounts?limit={PAGE}")];
    let bodies = reads.each_ref().map(|path| target.connect().get(path, &filled.token));
    let nginx = Nginx::start(folder.path(), &panel.tls(), &bodies);
    let mut files = (0..reads.len()).map(|file| nginx.url(&file.to_string()));
    let most = reads.each_ref().map(|path| beside(&[target.url(path), files.next().unwrap()], &filled.token, size));
    eprintln!("{name}: a job, an account, a page, beside nginx: {most:.0?}/s");
    drop(running);
    Figures { median, p99, slowest, most, jobs: worked.jobs, audit: worked.rows, verified: worked.verified, start }
}

/// As much as each of two addresses answers, in turn; the medians.
fn beside(urls: &[String; 2], token: &str, size: &Size) -> [f64; 2] {
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..size.runs {
        for (url, rates) in urls.iter().zip(&mut rates) {
            rates.push(load::most(url, token, size.most));
        }
    }
    rates.map(|mut all| {
        all.sort_unstable_by(f64::total_cmp);
        all[all.len() / 2]
    })
}

/// From the start of the process to the first answer to an account that was asked for; the median.
fn cold_start(panel: &Panel, filled: &Filled, times: usize) -> Duration {
    // The first one makes a certificate and a schema.
    drop(until_answered_of(panel, filled));
    let mut all: Vec<Duration> = (0..times)
        .map(|_| {
            let began = Instant::now();
            let running = until_answered_of(panel, filled);
            let took = began.elapsed();
            drop(running);
            took
        })
        .collect();
    all.sort_unstable();
    all[times / 2]
}

fn until_answered_of(panel: &Panel, filled: &Filled) -> servers::Running {
    let running = panel.start();
    until_answered(&panel.target(), filled);
    running
}

fn until_answered(target: &Target, filled: &Filled) {
    let began = Instant::now();
    let path = format!("/api/v1/accounts/{}", filled.names[0]);
    while target.try_connect().and_then(|mut connection| connection.ask(&path, &filled.token)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(60), "the panel does not answer");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn table(size: &Size, all: &[Figures; 3]) -> String {
    let mut text = String::from("| what | SQLite | PostgreSQL | MariaDB | budget |\n|---|---:|---:|---:|---:|\n");
    let mut line = |what: &str, budget: &str, of: &dyn Fn(&Figures) -> String| {
        let [a, b, c] = all.each_ref().map(of);
        text += &format!("| {what} | {a} | {b} | {c} | {budget} |\n");
    };
    let millis = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    let rate = |rate: f64| format!("{rate:.0}/s");
    let beside = |[ours, theirs]: [f64; 2]| format!("**{:.2}**", ours / theirs.max(f64::EPSILON));
    line(&format!("one account of {}, {} requests/s for {} s: p99", size.accounts, size.rate, size.seconds), "5 ms", &|f| millis(f.p99));
    line("the same: median", "", &|f| millis(f.median));
    line("the same: slowest", "", &|f| millis(f.slowest));
    let page = format!("a page of {PAGE} accounts");
    for (place, (what, budget)) in [("one job", "0.25"), ("one account", ""), (page.as_str(), "0.1")].into_iter().enumerate() {
        line(&format!("{what}, the most"), "", &|f| rate(f.most[place][0]));
        line("the same beside nginx with a file of that size over TLS", budget, &|f| beside(f.most[place]));
    }
    line("jobs, from being asked for to their end", "", &|f| rate(f.jobs));
    line("audit rows, each committed by itself", "", &|f| rate(f.audit));
    line("audit rows verified", "", &|f| rate(f.verified));
    line("start of the process to its first answer", "150 ms", &|f| millis(f.start));
    text
}
