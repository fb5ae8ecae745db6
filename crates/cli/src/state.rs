//! `nusantara state`: backup and restore of what the panel itself knows. For root on the panel's host.

use crate::context::Context;
use crate::failure::Failure;
use crate::show::{Line, Style};
use crate::upkeep::{Installed, Stopped, address, ended, listen, local, put_copy_aside, remove_folder, rename_folder, replace};
use clap::Subcommand;
use nusantara_client::types::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Where the configuration of a backup is put, for whoever restores to look at.
const CONFIG_BESIDE: &str = "/etc/nusantara-panel/panel.restored.toml";

/// What can be done with the panel's state.
#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// Write the panel's database, configuration and keys into one file; the panel goes on meanwhile. Accounts' files are not in it
    Backup {
        /// The file, which must not be there yet; - is standard output
        file: PathBuf,
    },
    /// Put the panel back to a backup; what it knew is kept beside
    Restore {
        /// The file
        file: PathBuf,
        /// Into this empty database instead of the panel's own file; - reads the address from standard input
        #[arg(long, value_name = "URL")]
        into: Option<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// What the child tells of a backup.
#[derive(Debug, Serialize, Deserialize)]
struct BackedUp {
    done: Counts,
}

/// How much is in it.
#[derive(Debug, Serialize, Deserialize)]
struct Counts {
    tables: u64,
    rows: u64,
    files: u64,
}

/// What the child tells of a restore.
#[derive(Debug, Serialize, Deserialize)]
struct Restored {
    done: Contents,
    made_at: Timestamp,
    host: String,
    panel: String,
}

/// What is in the database now.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    tables: u64,
    rows: u64,
    trail_rows: Option<i64>,
    trail_broken: Option<String>,
}

pub(crate) async fn run(command: StateCommand, context: &Context) -> Result<(), Failure> {
    match command {
        StateCommand::Backup { file } => backup(&file, context),
        StateCommand::Restore { file, into, yes } => restore(&file, into.as_deref(), yes, context).await,
    }
}

fn backup(path: &Path, context: &Context) -> Result<(), Failure> {
    let installed = Installed::find()?;
    let to_pipe = path == Path::new("-");
    if to_pipe && std::io::stdout().is_terminal() {
        return Err(Failure::Usage("A backup holds keys and hashes of passwords: send it into a file or a program.".to_owned()));
    }
    if to_pipe && context.json {
        return Err(Failure::Usage("Standard output is the backup's: --json needs a file.".to_owned()));
    }
    if path.exists() {
        return Err(Failure::Refused(format!("{} is there already; nothing is overwritten.", path.display())));
    }
    // Whole or not there: the name comes last.
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let mut command = installed.child("internal-state-backup");
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let file = if to_pipe {
        None
    } else {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside).map_err(|e| local(&beside, &e))?;
        command.stdout(file.try_clone().map_err(|e| local(&beside, &e))?);
        Some(file)
    };
    let mut child = command.spawn().map_err(|e| Failure::Local(e.to_string()))?;
    let Some(lines) = child.stderr.take() else { return Err(Failure::Local("the child has no output".to_owned())) };
    let told = listen::<BackedUp>(lines, !context.json);
    let end = child.wait();
    let Some(file) = file else {
        told?;
        return ended(end);
    };
    let kept = told.and_then(|told| ended(end).map(|()| told)).and_then(|told| {
        file.sync_all().and_then(|()| std::fs::hard_link(&beside, path)).map_err(|e| local(path, &e))?;
        Ok(told)
    });
    let _ = std::fs::remove_file(&beside);
    let BackedUp { done } = kept?;
    context.result(&done, |page| {
        page.line(Line::new(Style::Good, &format!("{} rows in {} tables, and {} files.", done.rows, done.tables, done.files)));
        page.line(Line::new(Style::Attention, "It holds the panel's keys and hashes of passwords: keep it where only you can read it."));
    })
}

async fn restore(path: &Path, into: Option<&str>, yes: bool, context: &Context) -> Result<(), Failure> {
    let installed = Installed::find()?;
    Installed::demand_its_word()?;
    let file = File::open(path).map_err(|e| local(path, &e))?;
    let url = into.map(address).transpose()?;
    if url.is_none() && !installed.has_own_file() {
        let sentence = "The panel's database is not the file in its own folder: name an empty database with --into.";
        return Err(Failure::Usage(sentence.to_owned()));
    }
    context.demand_yes(yes, "restore it")?;
    if !yes {
        context.aside(|page| page.line("What the panel knows now is replaced by the backup; accounts and their files stay as they are."));
        context.confirm(&rustix::system::uname().nodename().to_string_lossy())?;
    }
    let staging = installed.make_staging()?;
    let read = read(&installed, file, url.as_deref().unwrap_or_default(), context);
    let restored = read.inspect_err(|_| drop(remove_folder(&staging)))?;
    swap(&installed, &staging, url.as_deref(), context).await?;
    let kept = installed.folder.with_extension("before-restore");
    context.result(&restored, |page| {
        let Restored { done, made_at, host, panel } = &restored;
        page.line(Line::new(
            Style::Good,
            &format!("{} rows in {} tables are restored, of {host}, {made_at}, by {panel}.", done.rows, done.tables),
        ));
        if let Some(broken) = &done.trail_broken {
            page.line(Line::new(Style::Attention, &format!("The audit trail in the backup does not hold: {broken}.")));
        }
        page.line(format!("The panel answers. What it knew before is in {}; remove it when you no longer need it.", kept.display()));
        page.line(format!("The backup's configuration is in {CONFIG_BESIDE}; the panel goes on with its own."));
        page.line("If the host sealed rows that the backup does not have:  nusantara audit begin-anew --reason …");
    })
}

/// Has the child read the backup into the folder beside the panel's own and into the database.
fn read(installed: &Installed, file: File, url: &str, context: &Context) -> Result<Restored, Failure> {
    let mut command = installed.child("internal-state-restore");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|e| Failure::Local(e.to_string()))?;
    let (Some(mut input), Some(lines)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Failure::Local("the child has no input".to_owned()));
    };
    let head = format!("{url}\n");
    // A child that ends early says itself why; then nobody reads the rest.
    let fed = std::thread::spawn(move || {
        let mut both = head.as_bytes().chain(file);
        let _ = std::io::copy(&mut both, &mut input).and_then(|_| input.flush());
    });
    let told = listen::<Restored>(lines, !context.json);
    let end = child.wait();
    let _ = fed.join();
    let told = told?;
    ended(end)?;
    Ok(told)
}

/// Puts what was read into its place, and takes it back when the panel does not answer with it.
async fn swap(installed: &Installed, staging: &Path, url: Option<&str>, context: &Context) -> Result<(), Failure> {
    let kept = installed.folder.with_extension("before-restore");
    let stopped = Stopped::stop()?;
    if let Ok(text) = std::fs::read_to_string(staging.join("panel.toml")) {
        replace(Path::new(CONFIG_BESIDE), &text, 0)?;
    }
    put_copy_aside(&context.now().format("%Y%m%dT%H%M%SZ").to_string())?;
    installed.exchange(staging)?;
    if let Some(url) = url
        && let Err(failure) = installed.switch(url)
    {
        installed.exchange(staging)?;
        return Err(failure);
    }
    if let Err(failure) = stopped.start(context).await {
        let stopped = Stopped::stop()?;
        installed.exchange(staging)?;
        installed.switch_back()?;
        stopped.start(context).await?;
        context.aside(|page| page.line("The panel did not answer with what was restored; it is as it was before."));
        return Err(failure);
    }
    remove_folder(&kept)?;
    rename_folder(staging, &kept)
}
