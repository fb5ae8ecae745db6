//! Running the programs that a task is made of: announced, timed, ended by a signal to us.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use nusantara_testhost::interrupt;
use rustix::process::{Pid, Signal, kill_process};

use crate::Result;

static CHILD: Mutex<Option<Pid>> = Mutex::new(None);

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}

/// A command that starts in the workspace's folder with nothing on standard input.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// Cargo as it runs us, not whatever `PATH` says.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    command(&cargo, arguments)
}

/// Says what comes, does it, says how long it took. Standard error, so that a task's output stays machine-readable.
pub(crate) fn announce<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {what}");
    let began = Instant::now();
    let done = work();
    let verdict = if done.is_ok() { "done" } else { "FAILED" };
    eprintln!("    {what}: {verdict} in {:.1} s", began.elapsed().as_secs_f64());
    done
}

/// Runs a command to its end with our own output. A status other than 0 is an error.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let name = name(&command);
    let mut child = start(&mut command)?;
    let status = child.wait();
    finished(&name, status?.success())
}

/// The same, with every line of output passed through `see` as well as shown.
pub(crate) fn run_seen(mut command: Command, mut see: impl FnMut(&str)) -> Result<()> {
    let name = name(&command);
    // One pipe for both streams keeps their lines in order.
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = start(&mut command)?;
    // The command holds our copies of the writing end: while it lives the reader would never see the end.
    drop(command);
    for line in BufReader::new(reader).split(b'\n') {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        writeln!(std::io::stdout(), "{text}")?;
        see(&text);
    }
    let status = child.wait();
    finished(&name, status?.success())
}

/// Standard output of a command that must succeed.
pub(crate) fn read(mut command: Command) -> Result<Vec<u8>> {
    let name = name(&command);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("{name}: {error}"))?;
    finished(&name, output.status.success())?;
    Ok(output.stdout)
}

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn start(command: &mut Command) -> Result<Child> {
    let name = name(command);
    let child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
    *CHILD.lock().unwrap_or_else(PoisonError::into_inner) = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    Ok(child)
}

fn finished(name: &str, success: bool) -> Result<()> {
    *CHILD.lock().unwrap_or_else(PoisonError::into_inner) = None;
    if interrupt::requested() {
        return Err("interrupted".into());
    }
    if success { Ok(()) } else { Err(format!("failed: {name}").into()) }
}

/// Asks the running child to end.
pub(crate) fn end_child() {
    if let Some(pid) = *CHILD.lock().unwrap_or_else(PoisonError::into_inner) {
        kill_process(pid, Signal::TERM).ok();
    }
}
