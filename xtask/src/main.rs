//! `cargo xtask`: builds the package, boots test hosts, runs the demo and the test lanes.
#![allow(
    clippy::disallowed_methods,
    reason = "the bans keep the product's file and process handling in one crate; this program is no part of the product"
)]

mod bench;
mod deb;
mod demo;
mod e2e;
mod forward;
mod hosts;
mod lanes;
mod signals;
mod soak;
mod step;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Any error, shown once, by `main`.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Build, package and test-host commands of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Boot, enter, list and take down test hosts.
    #[command(subcommand)]
    Host(hosts::HostTask),
    /// Build the package into target/debian and print its path.
    Deb {
        /// Optimised programs and a small package: what people install.
        #[arg(long)]
        release: bool,
    },
    /// Boot a demo host with the panel and a site, and forward it to localhost until Ctrl-C.
    Run,
    /// Run the browser tests against a panel on a fresh host.
    E2e {
        /// Passed on to Playwright.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure the product beside bare shell commands and write docs/benchmarks.md.
    Bench {
        /// With 300 existing sites instead of 1,000; writes nothing.
        #[arg(long)]
        quick: bool,
        /// Only how sites are served; writes nothing.
        #[arg(long)]
        serving: bool,
        /// Only what thousands of accounts cost: half an hour, figures of its own.
        #[arg(long)]
        scale: bool,
        /// Only the panel itself, on each database, beside nginx: boots no host. With --quick less of everything, a debug build of
        /// what is here, and nothing is written.
        #[arg(long, conflicts_with_all = ["serving", "scale"])]
        panel: bool,
        /// Measure this package instead of building one.
        #[arg(long)]
        package: Option<std::path::PathBuf>,
    },
    /// Run the full forms of the proofs, all or one, and write what was seen into docs/proofs.md.
    Soak {
        #[command(subcommand)]
        proof: Option<soak::Proof>,
        /// What everything random comes from; a test that failed says which it was.
        #[arg(long, global = true)]
        seed: Option<u64>,
    },
    /// Run the test lanes, all or only the named ones.
    Test {
        /// Names as the lanes announce them.
        lanes: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = signals::install().and_then(|()| match arguments.command {
        Task::Host(task) => hosts::run(task),
        Task::Deb { release } => deb::run_task(release),
        Task::Run => demo::run_task(),
        Task::E2e { arguments } => e2e::run_task(&arguments),
        Task::Bench { panel: true, quick: true, .. } => bench::panel_quick().map(|()| ExitCode::SUCCESS),
        Task::Bench { quick, serving, scale, panel, package } => package
            .map_or_else(|| deb::build(true), Ok)
            .and_then(|package| match (scale, serving, panel) {
                (true, ..) => bench::scale(&package),
                (_, true, _) => bench::serving(&package),
                (.., true) => bench::panel(&package),
                _ => bench::run(&package, quick),
            })
            .map(|()| ExitCode::SUCCESS),
        Task::Soak { proof, seed } => soak::run_task(proof, seed),
        Task::Test { lanes } => lanes::run_task(&lanes),
    });
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
