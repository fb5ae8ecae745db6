//! What is known about the terminal, found out once at start.

use rustix::termios::tcgetwinsize;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::fd::AsFd;

/// Where text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Screen {
    /// Whether a person watches: lines may be written again in place.
    pub(crate) live: bool,
    /// Columns; none when the text goes to a file or a pipe and must not be cut.
    pub(crate) width: Option<usize>,
    /// Rows, where there are any.
    pub(crate) height: Option<usize>,
    /// Whether colours are wanted.
    pub(crate) colour: bool,
}

impl Screen {
    /// A file or a pipe.
    pub(crate) const PLAIN: Self = Self { live: false, width: None, height: None, colour: false };

    /// What `stream` leads to.
    pub(crate) fn of(stream: &(impl AsFd + IsTerminal)) -> Self {
        if !stream.is_terminal() {
            return Self::PLAIN;
        }
        let dumb = environment("TERM").is_some_and(|term| term == "dumb");
        let size = tcgetwinsize(stream).ok();
        let known = |n: u16| (n > 0).then(|| usize::from(n));
        Self {
            live: !dumb,
            width: Some(size.and_then(|s| known(s.ws_col)).unwrap_or(80)),
            height: size.and_then(|s| known(s.ws_row)),
            // https://no-color.org: any value but the empty one switches colours off.
            colour: !dumb && environment("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
