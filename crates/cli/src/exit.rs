//! Exit codes: documented in `--help`, in the manual page and in `docs/cli.md`, and never given another meaning.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Failed,
    Usage,
    NotFound,
    Refused,
    JobFailed,
    Unreachable,
    NotAllowed,
    Later,
    Interrupted,
}

/// Every code with its meaning.
pub(crate) const ALL: [(Exit, &str); 10] = [
    (Exit::Done, "done"),
    (Exit::Failed, "something went wrong in the panel or here, a check found an error, or you did not confirm"),
    (Exit::Usage, "the command line is not right"),
    (Exit::NotFound, "there is no such account, site or job"),
    (Exit::Refused, "the panel refused: a value is not allowed, a name is taken, a limit is reached, the account is busy"),
    (Exit::JobFailed, "the job failed or was cancelled (with --wait or job follow)"),
    (Exit::Unreachable, "the panel cannot be reached; nothing was done"),
    (Exit::NotAllowed, "not allowed: run it as root on the panel's host"),
    (Exit::Later, "not now: too much at once, a disk is full, or the host daemon or the database does not answer; try again later"),
    (Exit::Interrupted, "interrupted while waiting; the job goes on"),
];

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Refused => 4,
            Self::JobFailed => 5,
            Self::Unreachable => 6,
            Self::NotAllowed => 7,
            Self::Later => 8,
            // 128 + SIGINT, as shells have it.
            Self::Interrupted => 130,
        }
    }
}
