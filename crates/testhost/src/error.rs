//! What can go wrong while a host is booted, used or taken down.

use std::{io, time::Duration};

/// An error of the test kit. Its text is meant for the person who reads a failed test.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or process of this machine refused.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried, as in "write /run/x".
        action: String,
        /// What the system said.
        source: io::Error,
    },
    /// A command of this machine or of the host ended with a status other than 0.
    #[error("`{command}` ended with status {status}: {output}")]
    Command {
        /// The argument vector, joined by spaces.
        command: String,
        /// Its exit status; 128 + n when signal n ended it.
        status: i32,
        /// What it wrote to standard error, or to standard output when that was empty.
        output: String,
    },
    /// The name is not usable as a host name.
    #[error("{0:?} is no host name: a-z, 0-9 and -, a letter first, at most 40 characters")]
    BadName(String),
    /// A host of this name is up already.
    #[error("a host named {0} is up already")]
    NameTaken(String),
    /// No host of this name is up.
    #[error("no host named {0} is up")]
    NotUp(String),
    /// All addresses of the bridge's network are handed out.
    #[error("every address of the test network is taken")]
    NoAddress,
    /// The host started but never became ready.
    #[error("host {name} did not come up: {reason}\nits console ends with:\n{console}")]
    Boot {
        /// The host.
        name: String,
        /// What was last seen.
        reason: String,
        /// The end of its console log.
        console: String,
    },
    /// An awaited condition was not observed in time.
    #[error("waited {within:?} and did not see: {what}")]
    Timeout {
        /// The condition, as the test named it.
        what: String,
        /// How long was waited.
        within: Duration,
    },
    /// The journal holds error lines of our units which the test did not announce with `expect_error`.
    #[error("unexpected error lines in the journal of {host}:\n{lines}")]
    Journal {
        /// The host.
        host: String,
        /// One line per entry: unit, priority, message.
        lines: String,
    },
    /// Something answered with other bytes than its protocol allows.
    #[error("{what}: unexpected answer {answer:?}")]
    Answer {
        /// Who answered.
        what: String,
        /// The beginning of the answer.
        answer: String,
    },
    /// There is no package to install yet.
    #[error("no package to install below {0}: run `cargo xtask deb` first")]
    NoPackage(String),
    /// The feature exists for the other kind of host only.
    #[error("{0}")]
    Unsupported(String),
    /// Ctrl-C or a termination signal arrived while a host was coming up.
    #[error("interrupted")]
    Interrupted,
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Names the action for an `io::Error`.
pub(crate) trait During<T> {
    fn during(self, action: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<io::Error>> During<T> for Result<T, E> {
    fn during(self, action: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Io { action: action(), source: source.into() })
    }
}
