//! What is done to the panel's own state while it does not serve, or beside it: carrying the database over into another, backup and
//! restore. The command line starts this program for it, as the panel's user, and hears of it in lines of JSON on standard output
//! (of a backup, which goes there itself, on standard error). Addresses of databases may hold passwords: they come on standard input.

mod archive;
mod state;

use crate::auth::logins;
use crate::config::Config;
use nusantara_store::{MoveError, Progress, Store, StoreError, TableDigest};
use nusantara_types::{Actor, Clock, SystemClock};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How often progress is told at most; every table is told of in any case.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// What can be asked for.
#[derive(Debug, Clone, Copy)]
pub enum Upkeep {
    /// Carry the database over into the one whose address is the first line of standard input.
    DatabaseMove,
    /// Write everything the panel knows to standard output.
    StateBackup,
    /// Fill the folder beside the panel's own, and the database that the first line of standard input names, from what follows it.
    StateRestore,
}

/// Does it, and says how it ended.
#[must_use]
pub fn run(config_file: &Path, what: Upkeep) -> ExitCode {
    // What is written here is for nobody else, as under the service.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let done = Config::load(config_file).and_then(|config| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|e| e.to_string())?;
        match what {
            Upkeep::DatabaseMove => runtime.block_on(database_move(&config)),
            Upkeep::StateBackup => runtime.block_on(state::backup(&config, config_file)),
            Upkeep::StateRestore => runtime.block_on(state::restore(&config)),
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Whoever listens has gone when even that cannot be said.
            let _ = Lines::of(what).say(&json!({ "failed": message }));
            ExitCode::FAILURE
        }
    }
}

/// Where lines go.
struct Lines {
    to: Box<dyn Write + Send>,
    told: Option<(&'static str, &'static str, Instant)>,
}

impl Lines {
    fn of(what: Upkeep) -> Self {
        let to: Box<dyn Write + Send> = match what {
            Upkeep::StateBackup => Box::new(std::io::stderr()),
            Upkeep::DatabaseMove | Upkeep::StateRestore => Box::new(std::io::stdout()),
        };
        Self { to, told: None }
    }

    fn say(&mut self, line: &impl Serialize) -> Result<(), String> {
        let mut text = serde_json::to_vec(line).map_err(|e| e.to_string())?;
        text.push(b'\n');
        self.to.write_all(&text).and_then(|()| self.to.flush()).map_err(|e| e.to_string())
    }

    /// Tells how far it has come, when there is something new to tell.
    fn progress(&mut self, at: Progress) {
        let is_new = self.told.is_none_or(|(step, table, when)| (step, table) != (at.step, at.table) || when.elapsed() >= TELL_EVERY);
        if is_new {
            self.told = Some((at.step, at.table, Instant::now()));
            // When nobody listens any more, nobody would switch over to what is made here either.
            if self.say(&json!({ "progress": at })).is_err() {
                std::process::exit(1);
            }
        }
    }
}

/// What came out of it.
#[derive(Serialize)]
struct Summary<'a> {
    tables: usize,
    rows: u64,
    /// The last row of the audit trail.
    trail_rows: Option<i64>,
    /// Where the trail does not hold, which is so in both databases then.
    trail_broken: Option<String>,
    was_there: bool,
    digests: &'a [TableDigest],
}

async fn database_move(config: &Config) -> Result<(), String> {
    let url = first_line()?;
    if url == config.database_url {
        return Err("This is the database that the panel uses now.".to_owned());
    }
    let mut lines = Lines::of(Upkeep::DatabaseMove);
    let source = Store::open(&config.database_url).await.map_err(|e| format!("The panel's database cannot be opened: {e}"))?;
    let target = Store::open(&url).await.map_err(|e| format!("The other database cannot be opened: {e}"))?;
    let moved = source.move_to(&target, &mut |at| lines.progress(at)).await.map_err(|error| sentence(&error))?;
    let rows: u64 = moved.tables.iter().map(|table| table.rows).sum();
    note(&target, "db.migrate_to", json!({ "rows": rows })).await?;
    source.close().await;
    target.close().await;
    lines.say(&json!({ "done": Summary {
        tables: moved.tables.len(),
        rows,
        trail_rows: moved.trail.as_ref().ok().map(|trail| trail.rows),
        trail_broken: moved.trail.as_ref().err().map(ToString::to_string),
        was_there: moved.was_there,
        digests: &moved.tables,
    }}))
}

/// Writes down what root has done.
async fn note(store: &Store, action: &str, facts: Value) -> Result<(), String> {
    let noted = async {
        let tx = store.begin().await?;
        logins::note_about(&tx, &Actor::root(), action, ("panel", "state"), facts, SystemClock.now()).await?;
        tx.commit().await
    };
    noted.await.map_err(|e: StoreError| format!("It cannot be written into the audit trail: {e}"))
}

fn sentence(error: &MoveError) -> String {
    match error {
        MoveError::NotEmpty(table) => format!(
            "The other database is not empty: its table {table} has rows. If they are of an earlier try that was cut off at its end, the \
             panel has gone on since: drop that database, make it again, empty, and try once more."
        ),
        MoveError::Differs(table) => {
            format!(
                "What arrived in the table {table} is not what was sent. Drop the other database, make it again, empty, and try once more."
            )
        }
        MoveError::Changed => {
            "The panel's database changed meanwhile: another panel uses it. Stop every panel that does, drop the other database, make it \
             again, empty, and try once more."
                .to_owned()
        }
        MoveError::Source(error) => format!("The panel's database cannot be read: {error}"),
        MoveError::Target(error) => format!("The other database cannot be filled: {error}"),
    }
}

/// The first line of standard input, without what stands behind it.
fn first_line() -> Result<String, String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|e| e.to_string())?;
    Ok(line.trim().to_owned())
}
