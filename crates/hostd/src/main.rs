//! nusantara-hostd, the root daemon: the only program that changes the host.
//!
//! | module | owns |
//! |---|---|
//! | `state` | what is kept: configuration, specs and their index, journal, ledger, uid counter |
//! | `server` | the socket: who may speak, how many, one request per connection |
//! | `requests` | requests under way: each id is carried out at most once |
//! | `operations` | one file per operation |
//! | `converge` | observe, plan, carry out, take back |
//! | `web` | the web server's trees: group commit |
//! | `recovery` | what a crash cut short, finished before anything is served |
//! | `provision` | what the host needs once: folders, PHP templates, nginx's shared file |
//! | `idle` | puts PHP to sleep |
//! | `database_server` | what MariaDB is set to |
//! | `ftp_watch` | who came in by FTP; the FTP server's certificate |
//! | `ports` | keeps accounts from each other's ports |
//! | `sshd` | sshd's own configuration |
//! | `login` | what PAM asks at each login by SSH |

mod access;
mod converge;
mod daemon;
mod database_server;
mod ftp_watch;
mod idle;
mod lines;
mod logging;
mod login;
mod operations;
mod ports;
mod provision;
mod recovery;
mod requests;
mod server;
mod sshd;
mod start;
mod state;
mod tasks;
mod web;

use nusantara_host::{cron, databases, ftp, launcher, worker};
use nusantara_plan::render::ssh::VIEWS;
use nusantara_plan::steps::Step;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let words: Vec<&str> = args.iter().map(|a| a.to_str().unwrap_or_default()).collect();
    match words.as_slice() {
        [] => start::daemon(),
        // Work below a home, in a process with the account's uid.
        [worker::DOCROOT_SUBCOMMAND, ..] => worker::docroot_main(&args[1..]),
        [worker::FOLDER_SUBCOMMAND, ..] => worker::folder_main(&args[1..]),
        [worker::LINK_SUBCOMMAND, ..] => worker::link_main(&args[1..]),
        // What waits beside the FTP server until that has its port.
        [ftp::READY_SUBCOMMAND] => ftp::ready_main(),
        // What systemd starts in place of an app, as its account.
        [launcher::RUN_SUBCOMMAND, ..] => launcher::run_main(&args[1..]),
        [launcher::HEALTH_SUBCOMMAND, ..] => launcher::health_main(&args[1..]),
        // What systemd starts in place of a cron job, as its account, and when one has ended, as root.
        [cron::RUN_SUBCOMMAND, ..] => cron::run_main(&args[1..]),
        [cron::END_SUBCOMMAND, ..] => cron::end_main(&args[1..]),
        // What the unit that loads the firewall learns about its own confinement.
        [ports::BIND_PROBE, ..] => ports::bind_probe(),
        // What PAM asks when somebody logs in by SSH.
        [login::SUBCOMMAND] => login::login_main(),
        // Linux-PAM 1.7 says two things more behind the user: whether the paths before are safe.
        [VIEWS, "tmpfs", _, user] | [VIEWS, "tmpfs", _, user, _, _] => login::view_main(user),
        ["steps", "--json"] => steps(),
        ["--version"] => {
            println!("nusantara-hostd {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("nusantara-hostd is started by systemd (nusantara-hostd.socket) and takes no arguments.");
            ExitCode::from(2)
        }
    }
}

/// Prints the steps of every operation: the points at which crash tests kill this daemon.
fn steps() -> ExitCode {
    // Where the file system keeps no quotas, nothing is ever told to it.
    let taken = |step: &&Step| match step {
        Step::QuotaSet | Step::QuotaClear => converge::quota::device().is_some(),
        // And where there is no database server, no account has anything there.
        Step::DatabaseCreate | Step::DatabaseUsers | Step::DatabaseDrop => databases::installed(),
        _ => true,
    };
    let all: serde_json::Map<String, serde_json::Value> = nusantara_plan::steps::ALL
        .iter()
        .map(|(operation, steps)| ((*operation).to_owned(), steps.iter().filter(taken).map(|s| s.name()).collect()))
        .collect();
    println!("{}", serde_json::Value::Object(all));
    ExitCode::SUCCESS
}
