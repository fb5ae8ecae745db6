//! Reads the end of a log, or what has come to it since, without reading all of it, across one rotation.

use super::SiteLogs;
use crate::Result;
use crate::blocking::run;
use crate::error::Explain;
use nusantara_types::Username;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The most that is read of a log at once.
const MOST: u64 = 256 * 1024;

/// A place in a log: which file, by its inode, and how many bytes into it. Written `INODE-OFFSET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    inode: u64,
    offset: u64,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.inode, self.offset)
    }
}

impl FromStr for Position {
    type Err = ();
    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let (inode, offset) = text.split_once('-').ok_or(())?;
        Ok(Self { inode: inode.parse().map_err(|_| ())?, offset: offset.parse().map_err(|_| ())? })
    }
}

/// A line with the place behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Without its line end.
    pub bytes: Vec<u8>,
    /// Where the next one begins.
    pub next: Position,
}

/// Some lines of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// Oldest first.
    pub lines: Vec<Line>,
    /// Where to go on when there are none.
    pub end: Position,
}

impl SiteLogs {
    /// At most `most` lines of an account's log: those after a place, or the last ones. A log that is not there is empty. `name`
    /// is a file name of the daemon's own making.
    ///
    /// # Errors
    /// [`crate::HostErrorKind::Refused`] when the file is not a plain one, else what the kernel says.
    pub async fn read(&self, username: &Username, name: String, most: usize, after: Option<Position>) -> Result<Lines> {
        let path = self.0.join(username.as_str()).join(&name);
        run(move || match after {
            Some(after) => since(&path, after, most),
            None => tail(&path, most),
        })
        .await
    }
}

/// An open log.
struct Log {
    file: std::fs::File,
    inode: u64,
    size: u64,
}

impl Log {
    fn open(path: &Path) -> Result<Option<Self>> {
        let what = || format!("read the log {}", path.display());
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(e) => return Err(e).explain(what),
        };
        let stat = rustix::fs::fstat(&fd).explain(what)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(crate::HostError::refused(what(), "it is not a plain file"));
        }
        Ok(Some(Self { file: fd.into(), inode: stat.st_ino, size: u64::try_from(stat.st_size).unwrap_or(0) }))
    }

    fn position(&self, offset: u64) -> Position {
        Position { inode: self.inode, offset }
    }

    /// The bytes from one offset up to another.
    fn bytes(&self, from: u64, to: u64) -> Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(to - from).unwrap_or(0)];
        self.file.read_exact_at(&mut bytes, from).explain(|| "read a log".to_owned())?;
        Ok(bytes)
    }

    /// The whole lines between two offsets. What is longer than all that is read at once counts as a line.
    fn lines(&self, from: u64, to: u64) -> Result<Vec<Line>> {
        let bytes = self.bytes(from, to)?;
        let mut lines = Vec::new();
        let mut at = 0;
        for (end, _) in bytes.iter().enumerate().filter(|(_, b)| **b == b'\n') {
            lines.push(Line { bytes: bytes[at..end].to_vec(), next: self.position(from + end as u64 + 1) });
            at = end + 1;
        }
        if lines.is_empty() && to - from >= MOST {
            lines.push(Line { bytes, next: self.position(to) });
        }
        Ok(lines)
    }
}

fn tail(path: &Path, most: usize) -> Result<Lines> {
    let Some(log) = Log::open(path)? else { return Ok(nothing()) };
    let from = log.size.saturating_sub(MOST);
    let mut lines = log.lines(from, log.size)?;
    if from > 0 && !lines.is_empty() {
        // Begins somewhere within a line.
        lines.remove(0);
    }
    let lines = lines.split_off(lines.len().saturating_sub(most));
    let end = lines.last().map_or(log.position(from), |line| line.next);
    Ok(Lines { lines, end })
}

fn since(path: &Path, after: Position, most: usize) -> Result<Lines> {
    let current = Log::open(path)?;
    let mut offset = 0;
    match &current {
        Some(log) if log.inode == after.inode => {
            // One that has become shorter was emptied and begins anew.
            offset = if after.offset <= log.size { after.offset } else { 0 };
        }
        _ => {
            // Rotated since: first the rest of what it was then.
            let rotated = Log::open(&rotated(path))?.filter(|log| log.inode == after.inode && log.size > after.offset);
            if let Some(log) = rotated {
                let rest = part(&log, after.offset, most)?;
                if !rest.lines.is_empty() {
                    return Ok(rest);
                }
            }
        }
    }
    current.map_or_else(|| Ok(nothing()), |log| part(&log, offset, most))
}

fn part(log: &Log, offset: u64, most: usize) -> Result<Lines> {
    let mut lines = log.lines(offset, log.size.min(offset + MOST))?;
    lines.truncate(most);
    let end = lines.last().map_or(log.position(offset), |line| line.next);
    Ok(Lines { lines, end })
}

fn nothing() -> Lines {
    Lines { lines: Vec::new(), end: Position { inode: 0, offset: 0 } }
}

/// What logrotate(8) makes of a file's name.
fn rotated(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn append(path: &Path, text: &str) {
        std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn texts(lines: &Lines) -> Vec<String> {
        lines.lines.iter().map(|line| String::from_utf8(line.bytes.clone()).unwrap()).collect()
    }

    #[test]
    fn the_end_is_read_and_then_what_comes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.access.log");
        assert_eq!(tail(&path, 10).unwrap(), nothing());
        append(&path, "1\n2\n3\nhal");
        let page = tail(&path, 2).unwrap();
        assert_eq!(texts(&page), ["2", "3"]);
        assert!(since(&path, page.end, 10).unwrap().lines.is_empty(), "half a line is none");
        append(&path, "f\n4\n5\n");
        let page = since(&path, page.end, 2).unwrap();
        assert_eq!(texts(&page), ["half", "4"]);
        assert_eq!(texts(&since(&path, page.end.to_string().parse().unwrap(), 2).unwrap()), ["5"]);
    }

    #[test]
    fn a_rotation_loses_and_repeats_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.access.log");
        append(&path, "1\n2\n");
        let page = tail(&path, 1).unwrap();
        append(&path, "3\n");
        std::fs::rename(&path, rotated(&path)).unwrap();
        append(&path, "4\n");
        let page = since(&path, page.end, 10).unwrap();
        assert_eq!(texts(&page), ["3"]);
        let page = since(&path, page.end, 10).unwrap();
        assert_eq!(texts(&page), ["4"]);
        assert!(since(&path, page.end, 10).unwrap().lines.is_empty());
    }

    #[test]
    fn long_logs_and_long_lines_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.error.log");
        append(&path, &format!("{}\n", "x".repeat(700)).repeat(1_000));
        let page = tail(&path, 1_000).unwrap();
        assert!(page.lines.len() < 400 && page.lines.iter().all(|line| line.bytes.len() == 700));
        let start = page.end;
        append(&path, &"y".repeat(300 * 1024));
        let page = since(&path, start, 10).unwrap();
        assert_eq!(page.lines.len(), 1, "what never ends is cut");
        assert!(since(&path, page.end, 10).unwrap().lines.is_empty());
    }

    #[test]
    fn a_link_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("a.access.log")).unwrap();
        assert!(tail(&folder.path().join("a.access.log"), 1).is_err());
    }
}
