//! Reading a password: asked for without showing it, or the first line of standard input. Never an argument.

use crate::context::{Context, write_err};
use crate::failure::Failure;
use crate::show::text;
use nusantara_client::types::Secret;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, IsTerminal, Read, Stdin};

/// More than the longest password the panel takes; whatever is longer is refused by the panel, not read to its end here.
const LONGEST: u64 = 1_024;

/// Shows what is typed again when dropped.
struct Hidden<'a> {
    stdin: &'a Stdin,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn new(stdin: &'a Stdin) -> io::Result<Self> {
        let before = tcgetattr(stdin)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(stdin, OptionalActions::Now, &hidden)?;
        Ok(Self { stdin, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // When the terminal is gone there is nothing to put back.
        let _ = tcsetattr(self.stdin, OptionalActions::Now, &self.before);
    }
}

impl Context {
    /// A password, under a prompt where somebody can type it.
    #[expect(clippy::unused_self, reason = "asking is the context's business, wherever it asks")]
    pub(crate) fn password(&self, prompt: &str) -> Result<Secret, Failure> {
        let unreadable = |e: io::Error| Failure::Local(format!("The password cannot be read: {e}."));
        let stdin = io::stdin();
        let mut typed = String::new();
        if stdin.is_terminal() {
            write_err(&format!("{}: ", text::clean(prompt)));
            let hidden = Hidden::new(&stdin).map_err(unreadable)?;
            stdin.read_line(&mut typed).map_err(unreadable)?;
            drop(hidden);
            write_err("\n");
        } else {
            stdin.take(LONGEST).read_to_string(&mut typed).map_err(unreadable)?;
        }
        let line = typed.lines().next().unwrap_or_default();
        if line.is_empty() {
            return Err(Failure::Value { field: "password", message: "No password was given.".to_owned() });
        }
        Ok(Secret::from(line))
    }
}
