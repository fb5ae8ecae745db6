//! `cargo xtask test`: every check of the project, in lanes that are announced, timed and counted.

use std::{fs, process::ExitCode, time::Instant};

use nusantara_testhost::interrupt;

use crate::{
    Result, deb, e2e,
    step::{cargo, command, root, run, run_seen},
    web,
};

type Work = fn(&mut Count) -> Result<()>;

/// In the order in which they run: what is cheap and often wrong comes first.
const LANES: [(&str, Work); 8] = [
    ("format", format),
    ("clippy", clippy),
    ("supply-chain", supply_chain),
    ("unit", unit),
    ("web", web_checks),
    ("deb", package),
    ("hosts", hosts),
    ("browser", browser),
];

/// Tests that need a booted host live in the integration tests of one crate.
const HOST_TESTS: &str = "package(nusantara-testhost) and kind(test)";
/// The file name cargo-deny gives to the advisory database of its default address.
const ADVISORIES: &str = "target/advisory-dbs/advisory-db-3157b0e258782691";

/// Single tests, as their runners counted them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u32,
    failed: u32,
}

pub(crate) fn run_task(names: &[String]) -> Result<ExitCode> {
    if let Some(unknown) = names.iter().find(|name| LANES.iter().all(|(lane, _)| lane != name)) {
        let known: Vec<_> = LANES.iter().map(|(lane, _)| *lane).collect();
        return Err(format!("no lane {unknown:?}; there are {}", known.join(", ")).into());
    }
    let wanted = |lane: &str| names.is_empty() || names.iter().any(|name| name == lane);
    // The panel embeds the interface: building it first spares a second build of the panel. Its own lane judges it.
    if wanted("clippy") || wanted("unit") {
        web::build().unwrap_or_else(|error| eprintln!("xtask: {error}"));
    }
    let mut count = Count::default();
    let mut report = Vec::new();
    for (lane, work) in LANES {
        if !wanted(lane) {
            continue;
        }
        println!("\n===== {lane}");
        let began = Instant::now();
        let failed_before = count.failed;
        let done = work(&mut count);
        let seconds = began.elapsed().as_secs_f64();
        let verdict = match done {
            Ok(()) => "ok".to_owned(),
            Err(error) => {
                // A lane whose tests failed has counted them; one that never got that far counts as one failure.
                count.failed = count.failed.max(failed_before + 1);
                format!("FAILED: {error}")
            }
        };
        report.push(format!("{lane:<14}{seconds:>8.1} s  {verdict}"));
        println!("===== {}", report.last().map_or("", String::as_str));
        if interrupt::requested() {
            return Err("interrupted".into());
        }
    }
    println!("\n{}\n{} passed, {} failed", report.join("\n"), count.passed, count.failed);
    Ok(if count.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn format(_: &mut Count) -> Result<()> {
    run(cargo(&["fmt", "--all", "--check"]))
}

fn clippy(_: &mut Count) -> Result<()> {
    run(cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]))
}

/// Bans, licences and sources always; advisories from a copy of the database, as a build has no other network.
fn supply_chain(_: &mut Count) -> Result<()> {
    // cargo-deny offline wants the crates of every platform, and a build has only fetched those of this one.
    run(cargo(&["fetch", "--locked", "--quiet"]))?;
    let mut checks = vec!["deny", "--offline", "check", "bans", "licenses", "sources"];
    let archive = root().join("../shared/advisory-db.tar.zst");
    let database = root().join(ADVISORIES);
    if archive.is_file() && !database.join(".git").is_dir() {
        fs::create_dir_all(&database)?;
        run(command("tar", &["--extract", "--file", &archive.display().to_string(), "--directory", ADVISORIES]))?;
        for arguments in [
            ["init", "--quiet"].as_slice(),
            &["add", "--all", "--force"],
            &["-c", "user.name=xtask", "-c", "user.email=xtask@localhost", "commit", "--quiet", "--message=copy"],
        ] {
            let mut git = command("git", arguments);
            git.current_dir(&database);
            run(git)?;
        }
    }
    if database.is_dir() {
        checks.insert(3, "advisories");
    } else {
        println!("No copy of the advisory database here: advisories are NOT checked.");
    }
    run(cargo(&checks))
}

fn unit(count: &mut Count) -> Result<()> {
    nextest(&format!("not ({HOST_TESTS})"), &[], count)
}

fn hosts(count: &mut Count) -> Result<()> {
    // More than there are processors: much of it is waiting. The groups in .config/nextest.toml bound what it costs.
    let done = nextest(HOST_TESTS, &["--test-threads", "4"], count);
    // Whatever a killed test left behind must not reach the next lane.
    for name in nusantara_testhost::reap()? {
        println!("took down {name}, which its test left behind");
    }
    done
}

fn nextest(filter: &str, more: &[&str], count: &mut Count) -> Result<()> {
    let arguments = ["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--filterset", filter];
    run_seen(cargo(&[&arguments[..], more].concat()), |line| count.see(line))
}

fn web_checks(count: &mut Count) -> Result<()> {
    web::install()?;
    for script in ["lint", "api:check", "typecheck", "test", "build", "size"] {
        println!("----- npm run {script}");
        run_seen(web::npm(&["run", script]), |line| count.see(line))?;
    }
    Ok(())
}

fn package(_: &mut Count) -> Result<()> {
    println!("{}", deb::build(false)?.display());
    Ok(())
}

fn browser(count: &mut Count) -> Result<()> {
    e2e::test(&[], |line| count.see(line))
}

impl Count {
    /// Adds up the summary lines of nextest ("Summary [1 s] 3 tests run: 2 passed, 1 failed"), vitest ("Tests  2
    /// failed | 5 passed (7)") and Playwright ("  4 passed (9.1s)", "  1 failed").
    fn see(&mut self, line: &str) {
        let line = plain(line);
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let summary = match words.as_slice() {
            ["Summary", ..] | ["Tests", ..] => true,
            [number, "passed" | "failed" | "flaky", ..] => number.parse::<u32>().is_ok(),
            _ => false,
        };
        if !summary {
            return;
        }
        for pair in words.windows(2) {
            let [number, word] = pair else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            match word.trim_end_matches(',') {
                "passed" => self.passed += number,
                "failed" | "flaky" | "timed" | "exec" => self.failed += number,
                _ => {}
            }
        }
    }
}

/// The text without colours.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        text.push_str(before);
        rest = after.split_once('m').map_or("", |(_, tail)| tail);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::Count;

    fn check(lines: &[&str], passed: u32, failed: u32) {
        let mut count = Count::default();
        for line in lines {
            count.see(line);
        }
        assert_eq!(count, Count { passed, failed });
    }

    #[test]
    fn summaries_of_all_three_runners_are_counted() {
        check(&["     Summary [   0.4s] 12 tests run: 11 passed (1 slow), 1 failed, 3 skipped"], 11, 1);
        check(&["\u{1b}[2m      Tests \u{1b}[22m \u{1b}[31m2 failed\u{1b}[39m | \u{1b}[32m5 passed\u{1b}[39m (7)"], 5, 2);
        check(&["  1 failed", "    [chromium] › login.spec.ts", "  4 passed (9.1s)"], 4, 1);
    }

    #[test]
    fn other_lines_are_not_counted() {
        check(&["Test Files  3 passed (3)", "        PASS [ 0.1s] crate tests::one", "2 passed tests are mentioned"], 2, 0);
    }
}
