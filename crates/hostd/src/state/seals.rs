//! Seals of the panel's audit trail: a key that only root can read, and every seal it ever gave, one JSON line each.
//!
//! What is sealed stays so: there is never a seal of an earlier row, nor of the same row with another hash. Whoever takes the panel
//! over can therefore not write the past anew without the next check showing it.

use super::Folders;
use ed25519_dalek::{Signer, SigningKey};
use nusantara_host::replace::{self, Access};
use nusantara_types::Timestamp;
use nusantara_types::audit::{AuditHash, AuditSeal, Hex, SealKey};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How much of the file's end is read to find the last seal; a line is less than 400 bytes.
const TAIL: u64 = 4_096;

/// Why there is no seal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no such row.
    NoRow,
    /// A later row is sealed.
    Earlier,
    /// The same row is sealed with another hash.
    Another,
    /// It cannot be written down.
    Failed(String),
}

/// The key and the last seal.
#[derive(Debug)]
pub(crate) struct Seals {
    key: SigningKey,
    file: PathBuf,
    last: Mutex<Option<AuditSeal>>,
}

impl Seals {
    /// Reads the key, or makes one at the first start, with its public half beside it for whoever checks elsewhere.
    pub(crate) async fn open(folders: &Folders) -> Result<Self, String> {
        let (secret, public) = (folders.state.join("audit-seal.key"), folders.state.join("audit-seal.pub"));
        let key = match std::fs::read_to_string(&secret) {
            Ok(text) => {
                let bytes: Hex<32> = text.trim().parse().map_err(|e| format!("{}: {e}", secret.display()))?;
                SigningKey::from_bytes(bytes.bytes())
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let mut bytes = [0; 32];
                getrandom::fill(&mut bytes).map_err(|e| e.to_string())?;
                let text = format!("{}\n", Hex::from(bytes));
                replace::write(secret, text, Access::SECRET).await.map_err(|e| e.to_string())?;
                SigningKey::from_bytes(&bytes)
            }
            Err(e) => return Err(format!("{}: {e}", secret.display())),
        };
        let text = format!("{}\n", Hex::from(key.verifying_key().to_bytes()));
        if std::fs::read_to_string(&public).ok().as_ref() != Some(&text) {
            replace::write(public, text, Access::PUBLIC).await.map_err(|e| e.to_string())?;
        }
        let file = folders.state.join("audit-seals.jsonl");
        let last = last_line(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        Ok(Self { key, file, last: Mutex::new(last) })
    }

    /// With what seals are checked.
    pub(crate) fn key(&self) -> SealKey {
        self.key.verifying_key().to_bytes().into()
    }

    /// The last seal.
    pub(crate) fn last(&self) -> Option<AuditSeal> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Seals the row, and has it on disk before it answers. The same row again is answered with the same seal.
    pub(crate) fn seal(&self, id: i64, hash: AuditHash, now: Timestamp) -> Result<AuditSeal, Refused> {
        if id < 1 {
            return Err(Refused::NoRow);
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(seal) if seal.id > id => return Err(Refused::Earlier),
            Some(seal) if seal.id == id && seal.hash != hash => return Err(Refused::Another),
            Some(seal) if seal.id == id => return Ok(seal.clone()),
            _ => {}
        }
        let sealed_at = Timestamp::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now);
        let signature = self.key.sign(&AuditSeal::message(id, &hash, sealed_at)).to_bytes().into();
        let seal = AuditSeal { id, hash, sealed_at, key: self.key(), signature };
        // A few hundred bytes once in a while: not worth a thread, and the lock must be held until they are on disk.
        append(&self.file, &seal).map_err(|e| Refused::Failed(e.to_string()))?;
        *last = Some(seal.clone());
        Ok(seal)
    }
}

fn append(path: &Path, seal: &AuditSeal) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut line = serde_json::to_vec(seal)?;
    line.push(b'\n');
    let mut file = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let before = file.metadata()?.len();
    let written = file.write_all(&line).and_then(|()| file.sync_data());
    // A full disk may have taken half a line.
    if written.is_err() {
        let _ = file.set_len(before);
    }
    written
}

/// The last whole line; one that a power cut tore was never handed out.
fn last_line(path: &Path) -> std::io::Result<Option<AuditSeal>> {
    let mut file = match std::fs::OpenOptions::new().read(true).write(true).open(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let whole = tail.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    if whole < tail.len() {
        file.set_len(length - u64::try_from(tail.len() - whole).unwrap_or_default())?;
        file.sync_all()?;
    }
    let line = tail[..whole].split(|b| *b == b'\n').rfind(|line| !line.is_empty());
    line.map(serde_json::from_slice).transpose().map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_sealed_stays_sealed_across_restarts_and_torn_lines() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders { etc: folder.path().into(), state: folder.path().into() };
        let seals = Seals::open(&folders).await.unwrap();
        assert_eq!(seals.last(), None);
        let hash = |byte: u8| AuditHash::from([byte; 32]);
        let now = Timestamp::UNIX_EPOCH;
        let first = seals.seal(5, hash(1), now).unwrap();
        assert!(first.holds() && first.key == seals.key());
        assert_eq!(seals.seal(5, hash(1), now + chrono::TimeDelta::hours(1)).unwrap(), first);
        let path = folder.path().join("audit-seals.jsonl");
        std::fs::OpenOptions::new().append(true).open(&path).and_then(|mut f| f.write_all(b"{\"id\":9")).unwrap();
        let seals = Seals::open(&folders).await.unwrap();
        assert_eq!(seals.last(), Some(first.clone()));
        assert_eq!(seals.key(), first.key);
        assert_eq!(seals.seal(5, hash(2), now), Err(Refused::Another));
        assert_eq!(seals.seal(4, hash(1), now), Err(Refused::Earlier));
        assert_eq!(seals.seal(0, hash(1), now), Err(Refused::NoRow));
        assert_eq!(seals.seal(6, hash(2), now).unwrap().id, 6);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
        let text = std::fs::read_to_string(folder.path().join("audit-seal.pub")).unwrap();
        assert_eq!(text.trim(), seals.key().to_string());
    }
}
