//! `nusantara-agent`: observes a host.
//!
//! It reads what everybody may read, listens on no port and changes nothing. `facts` prints one observation as JSON; what each
//! field means is documented at `nusantara_facts::Observation`.

use clap::{Parser, Subcommand};
use nusantara_facts::{Observation, usage::CpuTime};
use nusantara_types::{Clock, SystemClock};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// Between the two looks at the processors: long enough for a dozen clock ticks on each.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Observes a host for Nusantara Panel.
#[derive(Debug, Parser)]
#[command(name = "nusantara-agent", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print one observation of this host as JSON
    Facts,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Facts => match facts() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("nusantara-agent: {why}");
                ExitCode::FAILURE
            }
        },
    }
}

fn facts() -> Result<(), String> {
    let earlier = CpuTime::now().map_err(|e| e.to_string())?;
    std::thread::sleep(BETWEEN_LOOKS);
    let observation = Observation::take(SystemClock.now(), earlier).map_err(|e| e.to_string())?;
    let mut text = serde_json::to_vec_pretty(&observation).map_err(|e| e.to_string())?;
    text.push(b'\n');
    std::io::stdout().lock().write_all(&text).map_err(|e| format!("cannot write the observation: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_hold_together() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
        assert!(matches!(Arguments::try_parse_from(["nusantara-agent", "facts"]).unwrap().command, Command::Facts));
        assert!(Arguments::try_parse_from(["nusantara-agent", "enroll"]).is_err());
    }
}
