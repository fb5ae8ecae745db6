//! The form of a backup: JSON lines, the same whichever database they come from.
//!
//! A head; each table with its columns, then its rows; each file in parts; what all of it amounts to; and the digest of every byte
//! before. A backup that was cut off, changed or is no backup is known as such before anything is taken from it for good.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nusantara_store::{PortableRow, TableDigest};
use nusantara_types::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, Read, Write};

/// The form's name and version.
pub(super) const FORM: &str = "nusantara-state-1";
/// Bytes of a file in one line.
const PART: usize = 48 * 1024;
/// Longest line that is read; rows are far shorter.
const LONGEST: u64 = 64 * 1024 * 1024;

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    /// The first.
    Head(Head),
    /// Rows of this table follow.
    Table { name: String, columns: Vec<String> },
    /// One of them.
    Row(PortableRow),
    /// Parts of this file follow.
    File { name: String },
    /// One of them, in base 64.
    Part(String),
    /// There is no more.
    Amount { tables: Vec<TableDigest>, files: Vec<FileDigest> },
    /// Of everything before, in hex. The last.
    Digest(String),
}

/// What the backup is of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    /// [`FORM`].
    pub(super) form: String,
    /// When.
    pub(super) made_at: Timestamp,
    /// The panel's version.
    pub(super) panel: String,
    /// What it was called.
    pub(super) host: String,
}

/// What is in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileDigest {
    /// Which.
    pub(super) name: String,
    /// How long it is.
    pub(super) bytes: u64,
    /// SHA-256, in hex.
    pub(super) sha256: String,
}

/// Writes lines.
pub(super) struct Writer<W> {
    out: W,
    digest: Sha256,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, digest: Sha256::new() }
    }

    pub(super) fn line(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.digest.update(&text);
        self.out.write_all(&text)
    }

    pub(super) fn file(&mut self, name: &str, mut content: impl Read) -> io::Result<FileDigest> {
        self.line(&Line::File { name: name.to_owned() })?;
        let (mut digest, mut bytes) = (Sha256::new(), 0);
        loop {
            let mut part = Vec::with_capacity(PART);
            content.by_ref().take(PART as u64).read_to_end(&mut part)?;
            if part.is_empty() {
                return Ok(FileDigest { name: name.to_owned(), bytes, sha256: hex::encode(digest.finalize()) });
            }
            digest.update(&part);
            bytes += part.len() as u64;
            self.line(&Line::Part(STANDARD.encode(&part)))?;
        }
    }

    /// Writes the last line.
    pub(super) fn end(mut self) -> io::Result<()> {
        let digest = hex::encode(self.digest.clone().finalize());
        self.line(&Line::Digest(digest))?;
        self.out.flush()
    }
}

/// Reads lines.
pub(super) struct Reader<R> {
    from: R,
    digest: Sha256,
    number: u64,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, digest: Sha256::new(), number: 0 }
    }

    /// The next line. The last one was held against everything before when it is returned.
    pub(super) fn next(&mut self) -> Result<Line, String> {
        let mut text = Vec::new();
        self.from.by_ref().take(LONGEST).read_until(b'\n', &mut text).map_err(|e| e.to_string())?;
        self.number += 1;
        if text.last() != Some(&b'\n') {
            return Err(format!("The backup ends in line {}, before its end: it was cut off.", self.number));
        }
        let line = serde_json::from_slice(&text)
            .map_err(|_| format!("Line {} is no line of a backup of the panel's state of the form {FORM}.", self.number))?;
        if let Line::Digest(written) = &line {
            if *written != hex::encode(self.digest.clone().finalize()) {
                return Err("The backup is not what it was when it was made: its digest does not fit.".to_owned());
            }
            if !self.from.fill_buf().map_err(|e| e.to_string())?.is_empty() {
                return Err("Something stands behind the end of the backup.".to_owned());
            }
        }
        self.digest.update(&text);
        Ok(line)
    }
}

/// The bytes of a part.
pub(super) fn part(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|_| "A part of a file cannot be read.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        let head = Head { form: FORM.to_owned(), made_at: Timestamp::UNIX_EPOCH, panel: "1".to_owned(), host: "h".to_owned() };
        writer.line(&Line::Head(head)).unwrap();
        let digest = writer.file("secrets.key", &vec![7; PART + 1][..]).unwrap();
        assert_eq!(digest.bytes, PART as u64 + 1);
        writer.end().unwrap();
        out
    }

    fn read(bytes: &[u8]) -> Result<usize, String> {
        let mut reader = Reader::new(bytes);
        for count in 1.. {
            if let Line::Digest(_) = reader.next()? {
                return Ok(count);
            }
        }
        unreachable!()
    }

    #[test]
    fn a_backup_that_is_not_whole_is_none() {
        let whole = written();
        assert_eq!(read(&whole), Ok(5));
        assert!(read(&whole[..whole.len() - 1]).unwrap_err().contains("cut off"));
        assert!(read(&[]).unwrap_err().contains("cut off"));
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        assert!(read(&whole[first..]).unwrap_err().contains("digest"), "a line is missing");
        let mut changed = whole.clone();
        let at = changed.windows(4).position(|four| four == b"BwcH").unwrap();
        changed[at] = b'C';
        assert!(read(&changed).unwrap_err().contains("digest"));
        assert!(read(&[&whole[..], b"\n"].concat()).unwrap_err().contains("behind"));
        assert!(read(b"{}\n").unwrap_err().contains("Line 1"));
    }
}
