//! Running programs of this machine: captured output, statuses as numbers, children that die with us.

use std::{
    ffi::OsStr,
    io::Write,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
};

use crate::error::{During, Error, Result};

/// What a command inside a host did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Exit status; 128 + n when signal n ended the command.
    pub status: i32,
    /// Standard output, bytes that are no UTF-8 replaced.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
}

impl Output {
    /// Whether the status is 0.
    pub fn success(&self) -> bool {
        self.status == 0
    }
}

/// The one number a shell would show for a status.
pub(crate) fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// A command with the given words and nothing on standard input.
pub(crate) fn command<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Command {
    let mut words = words.into_iter();
    let mut command = match words.next() {
        Some(program) => Command::new(program),
        None => Command::new("false"),
    };
    command.args(words).stdin(Stdio::null());
    command
}

/// The command as a person would type it, for messages only.
pub(crate) fn words(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for word in command.get_args() {
        text.push(' ');
        text.push_str(&word.to_string_lossy());
    }
    text
}

/// Runs to the end, feeding `input`, and returns whatever came out.
pub(crate) fn capture(mut command: Command, input: Option<&[u8]>) -> Result<Output> {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().during(|| format!("start {}", words(&command)))?;
    let pipe = child.stdin.take();
    let finished = thread::scope(|scope| {
        if let (Some(mut pipe), Some(input)) = (pipe, input) {
            // A command that stops reading early is judged by its status, not by our broken pipe.
            scope.spawn(move || pipe.write_all(input).ok());
        }
        child.wait_with_output()
    })
    .during(|| format!("wait for {}", words(&command)))?;
    Ok(Output {
        status: code(finished.status),
        stdout: String::from_utf8_lossy(&finished.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&finished.stderr).into_owned(),
    })
}

/// Like [`capture`], but a status other than 0 is an error. Returns standard output.
pub(crate) fn check(command: Command) -> Result<String> {
    let name = words(&command);
    check_output(name, capture(command, None)?)
}

/// Turns a status other than 0 into an error that shows what the command said.
pub(crate) fn check_output(command: String, output: Output) -> Result<String> {
    if output.success() {
        return Ok(output.stdout);
    }
    let said = if output.stderr.trim().is_empty() { output.stdout } else { output.stderr };
    Err(Error::Command { command, status: output.status, output: said.trim().to_owned() })
}

/// Starts a long-lived child from a thread of its own that then waits for it.
///
/// The parent-death signal that ends a test's hosts with the test is bound to the *thread* that started the
/// child. Test threads end before the process does, this one does not; and it reaps the child.
pub(crate) fn keep(mut command: Command) -> Result<u32> {
    let (sender, receiver) = mpsc::channel();
    let name = words(&command);
    thread::Builder::new()
        .name("testhost-keeper".to_owned())
        .spawn(move || {
            let started = command.spawn();
            let mut child: Option<Child> = None;
            let id = started.map(|started| {
                let id = started.id();
                child = Some(started);
                id
            });
            sender.send(id).ok();
            if let Some(mut child) = child {
                child.wait().ok();
            }
        })
        .during(|| "start a thread".to_owned())?;
    receiver.recv().unwrap_or_else(|_| Err(std::io::Error::other("the keeper thread ended"))).during(|| format!("start {name}"))
}
