//! Room kept on the disk of the panel's own database. When others have filled the disk, the room is given to the database: then
//! people can still log in, look, suspend the account that fills the disk, or delete something.

use nusantara_jobs::Tasks;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is kept: some thousand jobs with their steps.
const SIZE: u64 = 16 * 1024 * 1024;
/// Less than this free, and the room is given.
const LITTLE: u64 = 4 * 1024 * 1024;
/// At least this free, and room is kept again.
const ENOUGH: u64 = 128 * 1024 * 1024;
/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// What is to be done about the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Nothing,
    Keep,
    Give,
}

const fn step(is_kept: bool, free: u64) -> Step {
    match is_kept {
        true if free < LITTLE => Step::Give,
        false if free >= ENOUGH => Step::Keep,
        _ => Step::Nothing,
    }
}

/// The file that means nothing.
fn file(folder: &Path) -> PathBuf {
    folder.join("reserve")
}

/// Gives the room, if there is any.
pub(crate) fn give(folder: &Path) -> bool {
    std::fs::remove_file(file(folder)).is_ok()
}

/// Keeps room in `folder` until the process ends.
pub(crate) async fn keep(folder: PathBuf, tasks: Tasks) {
    let file = file(&folder);
    loop {
        let (folder, reserve) = (folder.clone(), file.clone());
        let seen = tokio::task::spawn_blocking(move || look(&folder, &reserve)).await;
        match seen {
            Ok(Ok(Step::Give)) => tracing::warn!("the disk is full; the room that was kept for the database is given to it"),
            Ok(Ok(Step::Keep | Step::Nothing)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "no room can be kept for the database"),
            Err(error) => tracing::warn!(%error, "no room can be kept for the database"),
        }
        tokio::select! { () = tokio::time::sleep(EVERY) => {}, () = tasks.stopped() => return }
    }
}

fn look(folder: &Path, file: &Path) -> std::io::Result<Step> {
    let stat = rustix::fs::statvfs(folder)?;
    let step = step(std::fs::metadata(file).is_ok_and(|meta| meta.len() == SIZE), stat.f_bavail.saturating_mul(stat.f_frsize));
    match step {
        Step::Nothing => {}
        Step::Give => std::fs::remove_file(file)?,
        Step::Keep => make(file).inspect_err(|_| drop(std::fs::remove_file(file)))?,
    }
    Ok(step)
}

/// Written, not only claimed: not every file system can claim, and some would only promise.
fn make(file: &Path) -> std::io::Result<()> {
    let mut out = std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(file)?;
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..SIZE / zeros.len() as u64 {
        out.write_all(&zeros)?;
    }
    out.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_kept_while_there_is_plenty_and_given_when_there_is_none() {
        assert_eq!(step(false, ENOUGH), Step::Keep);
        assert_eq!(step(false, ENOUGH - 1), Step::Nothing, "keeping it must not be what fills the disk");
        assert_eq!(step(true, LITTLE), Step::Nothing);
        assert_eq!(step(true, LITTLE - 1), Step::Give);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reserve");
        make(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().len(), SIZE);
    }
}
