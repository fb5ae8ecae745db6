//! `nusantara db`: the panel's own database. For root on the panel's host.

use crate::context::Context;
use crate::failure::Failure;
use crate::show::{Line, Style};
use crate::upkeep::{Installed, Stopped, address, ended, listen};
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::process::Stdio;

/// What can be done with the panel's database.
#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Carry everything over into another, empty database and use that from then on; the panel is stopped meanwhile
    MigrateTo {
        /// Its address: sqlite://, postgres:// or mysql://; - reads it from standard input, which one with a password has to be
        #[arg(value_name = "URL")]
        url: String,
    },
}

/// What the child tells.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    done: Moved,
}

/// What was carried over.
#[derive(Debug, Serialize, Deserialize)]
struct Moved {
    tables: u64,
    rows: u64,
    trail_rows: Option<i64>,
    trail_broken: Option<String>,
    was_there: bool,
    digests: serde_json::Value,
}

pub(crate) async fn run(command: DbCommand, context: &Context) -> Result<(), Failure> {
    match command {
        DbCommand::MigrateTo { url } => migrate_to(&url, context).await,
    }
}

async fn migrate_to(url: &str, context: &Context) -> Result<(), Failure> {
    let url = address(url)?;
    let installed = Installed::find()?;
    Installed::demand_its_word()?;
    context.aside(|page| page.line("The panel is stopped; sites, mail and everything else of accounts go on."));
    let stopped = Stopped::stop()?;
    let moved = carry(&installed, &url, context)?;
    installed.switch(&url)?;
    if let Err(failure) = stopped.start(context).await {
        // What worked before works again.
        let stopped = Stopped::stop()?;
        installed.switch_back()?;
        stopped.start(context).await?;
        context.aside(|page| page.line("The panel did not answer with the other database; it uses the old one again."));
        return Err(failure);
    }
    context.result(&moved, |page| {
        let how = if moved.was_there { "were there already, and are the same" } else { "were carried over and compared" };
        page.line(Line::new(Style::Good, &format!("{} rows in {} tables {how}.", moved.rows, moved.tables)));
        match (&moved.trail_rows, &moved.trail_broken) {
            (Some(rows), _) => page.line(format!("The audit trail is intact there: {rows} rows.")),
            (None, broken) => {
                let broken = broken.as_deref().unwrap_or("it does not hold");
                page.line(Line::new(Style::Attention, &format!("The audit trail is as it was before: {broken}.")));
            }
        }
        page.line("The panel uses the other database now and answers. The old one is as it was; remove it when you no longer need it.");
    })
}

fn carry(installed: &Installed, url: &str, context: &Context) -> Result<Moved, Failure> {
    let mut command = installed.child("internal-db-move");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|e| Failure::Local(e.to_string()))?;
    let mut input = child.stdin.take();
    if let Some(input) = &mut input {
        // A child that has ended says itself why.
        let _ = input.write_all(format!("{url}\n").as_bytes());
    }
    drop(input);
    let Some(lines) = child.stdout.take() else { return Err(Failure::Local("the child has no output".to_owned())) };
    let told = listen::<Told>(lines, !context.json);
    let end = child.wait();
    let told = told?;
    ended(end)?;
    Ok(told.done)
}
