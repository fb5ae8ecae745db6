//! The panel daemon. Without an argument it serves; the others print what it is made of.

use nusantara_panel::Upkeep;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: nusantarad [--config FILE] | openapi | policy | steps [--json] | --version\n";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => serve(nusantara_panel::CONFIG_FILE),
        ["--config", file] => serve(file),
        // For the command line alone.
        ["internal-db-move"] => upkeep(Upkeep::DatabaseMove),
        ["internal-state-backup"] => upkeep(Upkeep::StateBackup),
        ["internal-state-restore"] => upkeep(Upkeep::StateRestore),
        ["openapi"] => print(nusantara_panel::openapi_document()),
        ["policy"] => print(&nusantara_panel::policy_document()),
        ["steps"] | ["steps", "--json"] => print(&format!("{}\n", nusantara_panel::steps_document())),
        ["--version"] => print(concat!("nusantarad ", env!("CARGO_PKG_VERSION"), "\n")),
        _ => {
            let _ = std::io::stderr().write_all(USAGE.as_bytes());
            ExitCode::from(2)
        }
    }
}

fn serve(config: &str) -> ExitCode {
    match nusantara_panel::run(Path::new(config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            // To standard error as well: before logging has started, the journal gets it from there.
            let _ = writeln!(std::io::stderr(), "nusantarad: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn upkeep(what: Upkeep) -> ExitCode {
    nusantara_panel::upkeep(Path::new(nusantara_panel::CONFIG_FILE), what)
}

fn print(text: &str) -> ExitCode {
    if std::io::stdout().write_all(text.as_bytes()).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
