//! Room kept for the way back. A file of a few MiB that means nothing: when the disk is full, it goes, and what was begun can be
//! taken back and written down. While it cannot be made again, nothing new is begun, except what gives room.

use super::Folders;
use nusantara_host::disk::faults;
use nusantara_host::{HostError, HostErrorKind};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Enough for the texts of hundreds of accounts under way at once.
const SIZE: u64 = 8 * 1024 * 1024;
/// Enough for one at a time: what is left of it after it was used is worth keeping down to this.
const LEAST: u64 = 1024 * 1024;

/// The file.
#[derive(Debug)]
pub(crate) struct Reserve {
    file: PathBuf,
    size: u64,
    /// One at a time makes it or lets it go.
    turn: tokio::sync::Mutex<()>,
}

impl Reserve {
    pub(crate) fn of(folders: &Folders) -> Self {
        Self { file: folders.state.join("reserve"), size: SIZE, turn: tokio::sync::Mutex::default() }
    }

    /// Sees to it that the room is kept. Costs one look when it is.
    ///
    /// # Errors
    /// [`HostErrorKind::Full`] when there is no such room, else what the kernel says.
    pub(crate) async fn keep(&self) -> Result<(), HostError> {
        let _turn = self.turn.lock().await;
        if std::fs::metadata(&self.file).is_ok_and(|meta| meta.len() >= LEAST) {
            return Ok(());
        }
        let (file, size) = (self.file.clone(), self.size);
        let made = tokio::task::spawn_blocking(move || make(&file, size)).await.unwrap_or_else(|e| Err(std::io::Error::other(e)));
        if made.is_err() {
            // Half of it would only make the disk fuller.
            let _ = std::fs::remove_file(&self.file);
        }
        made.map_err(|e| HostError::io("keep room for the way back", e))
    }

    /// Lets the room go, because it is needed now.
    pub(crate) async fn release(&self) {
        let _turn = self.turn.lock().await;
        // Not made durable: what counts is the room, now.
        match std::fs::remove_file(&self.file) {
            Ok(()) => tracing::warn!("the disk is full; the room that was kept for the way back is used now"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => tracing::error!(%error, "the room that was kept could not be given back"),
        }
    }

    /// Lets the room go when an error says that there is none.
    pub(crate) async fn release_for(&self, error: &HostError) {
        if error.kind == HostErrorKind::Full {
            self.release().await;
        }
    }
}

/// Written, not only claimed: not every file system can claim, and some would only promise. Where there is less room than wanted,
/// all there is.
fn make(file: &Path, size: u64) -> std::io::Result<()> {
    faults::point("reserve")?;
    let mut out = std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(file)?;
    let zeros = vec![0; 1024 * 1024];
    let mut left = size;
    while left > 0 {
        let part = &zeros[..zeros.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
        match out.write_all(part) {
            Ok(()) => left -= part.len() as u64,
            Err(e) if e.kind() == std::io::ErrorKind::StorageFull && size - left >= LEAST => break,
            Err(e) => return Err(e),
        }
    }
    out.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_is_kept_given_and_kept_again() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders { etc: folder.path().into(), state: folder.path().into() };
        let reserve = Reserve { size: 3 * 1024 * 1024 / 2, ..Reserve::of(&folders) };
        let kept = || std::fs::metadata(&reserve.file).map(|meta| meta.len()).ok();
        reserve.keep().await.unwrap();
        reserve.keep().await.unwrap();
        assert_eq!(kept(), Some(reserve.size));
        reserve.release_for(&HostError::new(HostErrorKind::Tool, "x")).await;
        assert_eq!(kept(), Some(reserve.size));
        reserve.release_for(&HostError::new(HostErrorKind::Full, "x")).await;
        assert_eq!(kept(), None);
        reserve.keep().await.unwrap();
        assert_eq!(kept(), Some(reserve.size));
    }
}
