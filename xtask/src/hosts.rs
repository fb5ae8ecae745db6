//! `cargo xtask host`: test hosts from the prompt.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use nusantara_testhost::{Host, HostOptions, Kind, Suite, list, reap};

use crate::{Result, deb};

#[derive(Subcommand)]
pub(crate) enum HostTask {
    /// Boot a host and print it as one JSON object.
    Up {
        /// Its host name.
        name: String,
        /// container or vm.
        #[arg(long, default_value = "container")]
        kind: Kind,
        /// bookworm or trixie.
        #[arg(long, default_value = "bookworm")]
        suite: Suite,
        /// Build the package and install it.
        #[arg(long)]
        install: bool,
        /// Install this package file instead of a fresh one.
        #[arg(long)]
        deb: Option<PathBuf>,
    },
    /// Build the package and install it on a host that is up.
    Install {
        /// The host.
        name: String,
    },
    /// Run a command on a host as root, with its exit status.
    Exec {
        /// The host.
        name: String,
        /// The command and its arguments.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Print the hosts that are up, one JSON object per line.
    List,
    /// Take hosts down.
    Down {
        /// The hosts.
        #[arg(required_unless_present = "all")]
        names: Vec<String>,
        /// Every host of this machine.
        #[arg(long)]
        all: bool,
    },
    /// Clear up after tests that were killed.
    Reap,
}

pub(crate) fn run(task: HostTask) -> Result<ExitCode> {
    match task {
        HostTask::Up { name, kind, suite, install, deb } => {
            let install = match (deb, install) {
                (Some(path), _) => Some(path),
                (None, true) => Some(deb::build(false)?),
                (None, false) => None,
            };
            let host = Host::up(&name, &HostOptions { kind, suite, install, keep: true, databases: false, authority: false })?;
            println!("{}", serde_json::to_string(&host.info())?);
        }
        HostTask::Install { name } => {
            let package = deb::build(false)?;
            Host::attach(&name)?.install(&package)?;
        }
        HostTask::Exec { name, command } => {
            let status = Host::attach(&name)?.exec_here(&command)?;
            return Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)));
        }
        HostTask::List => {
            for host in list()? {
                println!("{}", serde_json::to_string(&host)?);
            }
        }
        HostTask::Down { names, all } => {
            let names = if all { list()?.into_iter().map(|host| host.name).collect() } else { names };
            for name in names {
                Host::down(&name)?;
            }
        }
        HostTask::Reap => {
            for name in reap()? {
                eprintln!("took down {name}, whose owner was gone");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
