//! The one error of this crate.

use std::fmt;

/// What kind of failure it was, for the caller's decision; the words are in [`HostError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostErrorKind {
    /// The kernel refused a file, socket or process call.
    Io,
    /// A disk has no room left.
    Full,
    /// A disk reports errors, or the kernel no longer lets it be written because of them.
    Disk,
    /// An account owns all the disk space that it may.
    Quota,
    /// A program or systemd did not do as asked.
    Tool,
    /// It took longer than it may.
    Timeout,
    /// The thing to be made is already there and is not what was asked for.
    Exists,
    /// The thing to be changed is not there.
    NotFound,
    /// This crate declined: the value or the state of the host is outside what it will touch.
    Refused,
}

/// Why the host was not changed as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct HostError {
    /// What was being done, as a sentence fragment such as `create the user joko`. May hold paths: it is for the admin and the
    /// ledger, never for a tenant.
    pub what: String,
    /// What the kernel or the tool said, at most a few kilobytes, control characters removed.
    pub detail: Option<String>,
    /// Which kind.
    pub kind: HostErrorKind,
}

/// Everything this crate answers with.
pub type Result<T, E = HostError> = std::result::Result<T, E>;

/// What strerror(3) says of a disk that cannot be written, and what that means.
const KERNEL_WORDS: [(&str, HostErrorKind); 4] = [
    ("No space left on device", HostErrorKind::Full),
    ("Disk quota exceeded", HostErrorKind::Quota),
    ("Input/output error", HostErrorKind::Disk),
    ("Read-only file system", HostErrorKind::Disk),
];

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.detail, self.kind) {
            (Some(detail), _) => write!(f, "could not {}: {detail}", self.what),
            (None, HostErrorKind::Timeout) => write!(f, "could not {} in time", self.what),
            (None, _) => write!(f, "could not {}", self.what),
        }
    }
}

impl HostError {
    /// An error of `kind` while doing `what`.
    #[must_use]
    pub fn new(kind: HostErrorKind, what: impl Into<String>) -> Self {
        Self { what: what.into(), detail: None, kind }
    }

    /// Adds what was said, cleaned of control characters and cut at 4 KiB.
    #[must_use]
    pub fn detail(mut self, detail: impl AsRef<str>) -> Self {
        let clean: String = detail.as_ref().trim().chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
        let end = clean.char_indices().map(|(i, c)| i + c.len_utf8()).take_while(|end| *end <= 4_096).last().unwrap_or(0);
        // Programs and systemd pass on the kernel's words, in English: they are started without a locale.
        if matches!(self.kind, HostErrorKind::Io | HostErrorKind::Tool) {
            let words = KERNEL_WORDS.iter().find(|(words, _)| clean.contains(words));
            self.kind = words.map_or(self.kind, |(_, kind)| *kind);
        }
        self.detail = Some(clean[..end].to_owned());
        self
    }

    /// A declined request.
    #[must_use]
    pub fn refused(what: impl Into<String>, why: impl AsRef<str>) -> Self {
        Self::new(HostErrorKind::Refused, what).detail(why)
    }

    /// A failed kernel call. "Not found" and "exists" keep their kind, everything else is [`HostErrorKind::Io`].
    #[must_use]
    pub fn io(what: impl Into<String>, error: impl Into<std::io::Error>) -> Self {
        let error = error.into();
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => HostErrorKind::NotFound,
            std::io::ErrorKind::AlreadyExists => HostErrorKind::Exists,
            std::io::ErrorKind::TimedOut => HostErrorKind::Timeout,
            _ => HostErrorKind::Io,
        };
        Self::new(kind, what).detail(error.to_string())
    }
}

/// Turns a kernel error into a [`HostError`] with the words for it.
pub(crate) trait Explain<T> {
    /// `what` is only built when there is an error.
    fn explain<S: Into<String>>(self, what: impl FnOnce() -> S) -> Result<T>;
}

impl<T, E: Into<std::io::Error>> Explain<T> for std::result::Result<T, E> {
    fn explain<S: Into<String>>(self, what: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|e| HostError::io(what(), e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_cleaned_cut_on_a_character_and_understood() {
        let error = HostError::new(HostErrorKind::Tool, "x").detail(format!("\u{1b}[31m{}", "é".repeat(4_000)));
        let detail = error.detail.unwrap();
        let of = |said: &str| HostError::new(HostErrorKind::Tool, "x").detail(said).kind;
        assert_eq!(of("useradd: failure while writing changes to /etc/passwd: No space left on device"), HostErrorKind::Full);
        assert_eq!(HostError::io("x", rustix::io::Errno::IO).kind, HostErrorKind::Disk);
        assert_eq!((of("unknown user"), HostError::refused("x", "Input/output error").kind), (HostErrorKind::Tool, HostErrorKind::Refused));
        assert!(detail.len() <= 4_096 && detail.starts_with('\u{fffd}') && detail.ends_with('é'));
    }
}
