//! What an account's usage is remembered by: how far its access logs were read and what was sent this month, and how full its home
//! was when it was last measured. A file per account; losing it costs this month's count of what is in rotated logs.

use super::{Folders, entries};
use chrono::{DateTime, Datelike};
use nusantara_host::{HostError, replace};
use nusantara_types::{Timestamp, Username};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The most that is read of an account's logs at one time; the rest is read the next time.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// How the logs of requests are called; rotated ones have something behind it.
const ACCESS: &str = ".access.log";

/// What is remembered of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remembered {
    /// The calendar month (UTC) that is counted: year and month.
    pub(crate) month: (i32, u32),
    /// Bytes sent in it.
    pub(crate) sent_bytes: u64,
    /// Bytes of each log that were counted, by inode: a log keeps its inode when it is rotated.
    pub(crate) counted: BTreeMap<u64, u64>,
    /// Bytes in the home.
    pub(crate) disk_bytes: Option<u64>,
    /// When they were measured.
    pub(crate) disk_measured_at: Option<Timestamp>,
}

/// A request, as far as it counts.
#[derive(Deserialize)]
struct Line {
    time: DateTime<chrono::FixedOffset>,
    bytes: u64,
}

/// Where an account's memory lies.
pub(crate) fn file(folders: &Folders, username: &Username) -> PathBuf {
    folders.state.join("usage").join(format!("{username}.json"))
}

/// What is remembered of an account; nothing when the file is not there or cannot be used.
pub(crate) fn load(folders: &Folders, username: &Username) -> Remembered {
    let bytes = std::fs::read(file(folders, username)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Keeps it.
pub(crate) async fn save(folders: &Folders, username: &Username, remembered: &Remembered) -> Result<(), HostError> {
    let bytes = serde_json::to_vec(remembered).unwrap_or_default();
    replace::write(file(folders, username), bytes, replace::Access::SECRET).await
}

impl Remembered {
    /// Bytes sent in the calendar month of `now`, as far as they were counted.
    pub(crate) fn sent_in(&self, now: Timestamp) -> u64 {
        if self.month == (now.year(), now.month()) { self.sent_bytes } else { 0 }
    }

    /// Counts what has come to the logs of `folder` since the last time. Only whole lines of this month are counted, each once; a
    /// line that is still being written is left for the next time. Blocks on the disk.
    pub(crate) fn count(&mut self, folder: &Path, now: Timestamp) -> std::io::Result<()> {
        let month = (now.year(), now.month());
        if self.month != month {
            self.month = month;
            self.sent_bytes = 0;
        }
        let mut left = MOST_BYTES;
        let mut seen = BTreeMap::new();
        for name in entries(folder)? {
            // A packed log was counted before it was packed; what is in it is no longer lines.
            if !name.split_once(ACCESS).is_some_and(|(_, rest)| rest.bytes().all(|b| b == b'.' || b == b'-' || b.is_ascii_digit())) {
                continue;
            }
            let mut log = match std::fs::File::open(folder.join(&name)) {
                Ok(log) => log,
                // Rotated away since the folder was listed.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e),
            };
            let meta = log.metadata()?;
            // Shorter than what was counted: another file with a number that was free again.
            let from = self.counted.get(&meta.ino()).copied().filter(|from| *from <= meta.len()).unwrap_or(0);
            log.seek(SeekFrom::Start(from))?;
            let read = self.lines(BufReader::new(log), left, month)?;
            left = left.saturating_sub(read);
            seen.insert(meta.ino(), from + read);
        }
        self.counted = seen;
        Ok(())
    }

    /// Counts whole lines, `most` bytes of them or a little more. Answers with how many bytes they were.
    fn lines(&mut self, mut log: impl BufRead, most: u64, month: (i32, u32)) -> std::io::Result<u64> {
        let mut read = 0;
        let mut line = Vec::new();
        while read < most {
            line.clear();
            let length = log.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                break;
            }
            read += length as u64;
            // Whatever is no request of ours counts nothing.
            let Ok(request) = serde_json::from_slice::<Line>(&line) else { continue };
            let at = request.time.to_utc();
            if (at.year(), at.month()) == month {
                self.sent_bytes = self.sent_bytes.saturating_add(request.bytes);
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn line(time: &str, bytes: u32) -> String {
        format!("{{\"time\":\"{time}\",\"address\":\"::1\",\"status\":\"200\",\"bytes\":{bytes},\"agent\":\"\"}}\n")
    }

    #[test]
    fn each_line_counts_once_also_across_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("joko.test.access.log");
        let append = |text: &str| {
            let mut log = std::fs::File::options().create(true).append(true).open(&path).unwrap();
            log.write_all(text.as_bytes()).unwrap();
        };
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut r = Remembered::default();
        let torn = line("2026-11-21T11:00:03+00:00", 1_000);
        append(&line("2026-11-21T11:00:00+00:00", 1));
        append(&line("2026-11-01T05:00:00+07:00", 10));
        append("no request\n");
        append(&line("2026-11-21T11:00:02+00:00", 100));
        append(&torn[..20]);
        r.count(folder.path(), now).unwrap();
        assert_eq!(r.sent_bytes, 101, "the second was October in UTC, the last is torn");
        r.count(folder.path(), now).unwrap();
        assert_eq!(r.sent_bytes, 101);
        append(&torn[20..]);
        std::fs::rename(&path, folder.path().join("joko.test.access.log.1")).unwrap();
        append(&line("2026-11-21T11:00:04+00:00", 10_000));
        r.count(folder.path(), now).unwrap();
        assert_eq!(r.sent_bytes, 11_101);
        r.count(folder.path(), now).unwrap();
        assert_eq!(r.sent_bytes, 11_101);
        r.count(folder.path(), "2026-12-01T00:00:00Z".parse().unwrap()).unwrap();
        assert_eq!((r.month, r.sent_bytes), ((2026, 12), 0));
        r.sent_bytes = 7;
        let sent = |at: &str| r.sent_in(at.parse().unwrap());
        assert_eq!((sent("2026-12-31T23:59:59Z"), sent("2027-01-01T00:00:00Z")), (7, 0), "a new month is not the old one's");
    }
}
