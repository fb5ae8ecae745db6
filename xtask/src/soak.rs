//! `cargo xtask soak`: the full forms of the proofs whose short forms are part of `cargo xtask test`. What they find goes into the
//! marked block of `docs/proofs.md`, each proof on its line with the day it was seen.

use std::{fs, process::ExitCode};

use clap::Subcommand;

use crate::{
    Result, deb,
    step::{announce, cargo, command, read, root, run_seen},
};

const DOCUMENT: &str = "docs/proofs.md";
const BEGIN: &str = "<!-- full forms: written by cargo xtask soak -->";
const END: &str = "<!-- end of full forms -->";
const HEAD: &str = "| proof | seen | what was seen |\n|---|---|---|";
/// In place of a test file: all of them.
const EVERY: &str = "*";
/// How a test marks a line to be kept.
const MARK: &str = "PROOF ";

#[derive(Subcommand, Clone, Copy)]
pub(crate) enum Proof {
    /// Cut the power of a virtual machine at random during a stream of changes.
    PowerCuts {
        /// How often.
        #[arg(long, default_value_t = 30)]
        times: u64,
    },
    /// Random changes from 16 clients while 20 existing sites are asked for pages.
    Mixed {
        /// How many changes.
        #[arg(long, default_value_t = 1_000)]
        operations: u64,
    },
    /// The same for a time instead of a number of changes.
    Stream {
        /// How long.
        #[arg(long, default_value_t = 60)]
        minutes: u64,
    },
    /// Every write of every operation refused, with "no space left" and with "input/output error".
    Faults,
    /// One group of 64 changes with three that nginx refuses.
    Group,
    /// Three panels on one database, one of them killed again and again.
    Several {
        /// How long, on each database.
        #[arg(long, default_value_t = 120)]
        seconds: u64,
    },
    /// Every way to an account's processes burns and eats on a machine with its own kernel; quotas on ext4 and xfs; two boots.
    Machines,
    /// The daemons killed before and after every step of every operation.
    Kills,
    /// Replace a file again and again while it is read.
    Replace {
        /// How often.
        #[arg(long, default_value_t = 1_000_000)]
        times: u64,
    },
    /// Logins of a known name and of unknown ones, timed and compared by rank.
    Logins {
        /// How many of each.
        #[arg(long, default_value_t = 200)]
        each: u64,
    },
}

/// All of them, what takes longest last.
const ALL: [Proof; 10] = [
    Proof::Logins { each: 200 },
    Proof::Group,
    Proof::Mixed { operations: 1_000 },
    Proof::Faults,
    Proof::Several { seconds: 120 },
    Proof::Replace { times: 1_000_000 },
    Proof::Machines,
    Proof::Kills,
    Proof::PowerCuts { times: 30 },
    Proof::Stream { minutes: 60 },
];

impl Proof {
    fn name(self) -> &'static str {
        match self {
            Self::PowerCuts { .. } => "power cuts",
            Self::Mixed { .. } => "mixed operations",
            Self::Stream { .. } => "stream of changes",
            Self::Faults => "failing disks",
            Self::Group => "group commit",
            Self::Several { .. } => "several panels",
            Self::Machines => "machines",
            Self::Kills => "kills at every step",
            Self::Replace { .. } => "replaced files",
            Self::Logins { .. } => "timed logins",
        }
    }

    /// Crate, test file (none for a test inside the crate, which only runs when it is asked for), and test.
    const fn test(self) -> [&'static str; 3] {
        const HOSTS: &str = "nusantara-testhost";
        match self {
            Self::PowerCuts { .. } => [HOSTS, "power_cuts", "nothing_acknowledged_is_lost_when_the_power_is_cut"],
            Self::Mixed { .. } | Self::Stream { .. } => [HOSTS, "mixed", "nobody_notices_a_thousand_changes"],
            Self::Faults => [HOSTS, "faults", ""],
            Self::Machines => [HOSTS, "vm", ""],
            Self::Kills => [HOSTS, EVERY, "every_step"],
            Self::Group => [HOSTS, "config_refused", "of_a_group_the_bad_ones_stay_out_and_the_good_ones_go_live"],
            Self::Several { .. } => ["nusantara-panel", "several", ""],
            Self::Replace { .. } => ["nusantara-host", "replace", "readers_see_the_old_bytes_or_the_new_ones"],
            Self::Logins { .. } => ["nusantara-panel", "", "tests::logins::what_a_clock_sees_of_logins"],
        }
    }

    /// What makes the test take its full form.
    fn form(self) -> (&'static str, String) {
        match self {
            Self::PowerCuts { times } => ("NUSANTARA_POWER_CUTS", times.to_string()),
            Self::Mixed { operations } => ("NUSANTARA_OPERATIONS", operations.to_string()),
            Self::Stream { minutes } => ("NUSANTARA_MINUTES", minutes.to_string()),
            Self::Faults | Self::Group | Self::Machines | Self::Kills => ("NUSANTARA_FULL", "1".to_owned()),
            Self::Several { seconds } => ("NUSANTARA_SEVERAL_SECONDS", seconds.to_string()),
            Self::Replace { times } => ("NUSANTARA_RENAMES", times.to_string()),
            Self::Logins { each } => ("NUSANTARA_LOGINS", each.to_string()),
        }
    }
}

pub(crate) fn run_task(proof: Option<Proof>, seed: Option<u64>) -> Result<ExitCode> {
    let chosen = proof.map_or_else(|| ALL.to_vec(), |proof| vec![proof]);
    // What needs no host needs no package.
    let package = if chosen.iter().all(|proof| proof.test()[1].is_empty()) { None } else { Some(deb::build(false)?) };
    let mut failed = Vec::new();
    for proof in chosen {
        let found = announce(proof.name(), || seen(proof, seed, package.as_deref()));
        match found {
            Ok(found) => note(proof.name(), &found)?,
            Err(error) => failed.push(format!("{}: {error}", proof.name())),
        }
    }
    if failed.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(failed.join("\n").into()) }
}

/// Runs one and returns what it says was seen.
fn seen(proof: Proof, seed: Option<u64>, package: Option<&std::path::Path>) -> Result<String> {
    let [of, file, name] = proof.test();
    let mut test = cargo(&["test", "--locked", "--package", of]);
    test.args(match file {
        "" => vec!["--lib", "--", "--ignored"],
        EVERY => vec!["--tests", "--"],
        file => vec!["--test", file, "--"],
    });
    test.args(["--nocapture", "--test-threads", "1"]);
    match name {
        "" => {}
        name if file == EVERY => drop(test.arg(name)),
        name => drop(test.args(["--exact", name])),
    }
    let (variable, value) = proof.form();
    test.env(variable, value);
    if let Some(package) = package {
        test.env("NUSANTARA_DEB", package);
    }
    if let Some(seed) = seed {
        test.env("NUSANTARA_SEED", seed.to_string());
    }
    let (mut found, mut passed) = (Vec::new(), 0);
    run_seen(test, |line| {
        passed += passed_in(line);
        if let Some((_, figures)) = line.split_once(MARK).and_then(|(_, kept)| kept.split_once(": ")) {
            found.push(figures.trim().to_owned());
        }
    })?;
    if passed == 0 {
        return Err("no test ran".into());
    }
    Ok(if found.is_empty() { format!("{passed} tests held in their full form") } else { found.join("; ") })
}

/// How many tests passed, by a line that ends a file's tests.
fn passed_in(line: &str) -> u32 {
    let count = line.trim().strip_prefix("test result: ok. ").and_then(|rest| rest.split_once(" passed"));
    count.and_then(|(count, _)| count.parse().ok()).unwrap_or(0)
}

/// Writes a proof's line, in place of what was there of it.
fn note(name: &str, figures: &str) -> Result<()> {
    let day = String::from_utf8(read(command("date", &["--utc", "+%Y-%m-%d"]))?)?;
    let path = root().join(DOCUMENT);
    let document = fs::read_to_string(&path)?;
    fs::write(path, with_line(&document, name, day.trim(), figures)?)?;
    Ok(())
}

fn with_line(document: &str, name: &str, day: &str, figures: &str) -> Result<String> {
    let lost = || format!("{DOCUMENT} has lost its markers");
    let (head, rest) = document.split_once(BEGIN).ok_or_else(lost)?;
    let (block, tail) = rest.split_once(END).ok_or_else(lost)?;
    let others =
        block.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| proof |") && !line.starts_with(&format!("| {name} |")));
    let mut lines: Vec<String> = others.map(str::to_owned).collect();
    lines.push(format!("| {name} | {day} | {figures} |"));
    lines.sort();
    Ok(format!("{head}{BEGIN}\n{HEAD}\n{}\n{END}{tail}", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, passed_in, with_line};

    #[test]
    fn tests_are_counted_where_a_file_ends() {
        assert_eq!(passed_in("test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out"), 3);
        assert_eq!(passed_in("test result: FAILED. 3 passed; 1 failed") + passed_in("3 passed"), 0);
    }

    #[test]
    fn a_line_is_put_in_place_of_the_older_one() {
        let empty = format!("# Proofs\n{BEGIN}\n{END}\nafter\n");
        let one = with_line(&empty, "power cuts", "2026-11-21", "2 cuts").unwrap_or_default();
        let two = with_line(&one, "mixed operations", "2026-11-21", "150 changes").unwrap_or_default();
        let three = with_line(&two, "power cuts", "2026-11-22", "30 cuts").unwrap_or_default();
        assert!(three.starts_with("# Proofs\n") && three.ends_with(&format!("{END}\nafter\n")), "{three}");
        assert!(three.contains("| mixed operations | 2026-11-21 | 150 changes |\n| power cuts | 2026-11-22 | 30 cuts |\n"), "{three}");
        assert!(!three.contains("2 cuts |") && with_line("no markers", "x", "y", "z").is_err(), "{three}");
    }
}
