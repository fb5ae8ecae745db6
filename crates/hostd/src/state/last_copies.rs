//! Last copies of accounts that were deleted: an archive each, for root alone, kept for some days.

use super::{Folders, entries};
use crate::daemon::Daemon;
use chrono::{NaiveDateTime, TimeDelta};
use nusantara_host::HostError;
use nusantara_host::replace;
use nusantara_proto::host::LastCopy;
use nusantara_types::{Timestamp, Username};
use std::path::PathBuf;
use std::time::Duration;

/// How often it looks for what is over.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// The time in a file's name.
const STAMP: &str = "%Y%m%dT%H%M%SZ";
const SUFFIX: &str = ".tar.gz";

/// Where they lie.
pub(crate) fn folder(folders: &Folders) -> PathBuf {
    folders.state.join("last-copies")
}

/// The copy of an account whose deletion was asked for then.
pub(crate) fn file(folders: &Folders, username: &Username, asked_at: Timestamp) -> PathBuf {
    // No account's name holds a hyphen.
    folder(folders).join(format!("{username}-{}{SUFFIX}", asked_at.format(STAMP)))
}

/// What is written of it while it is not whole.
pub(crate) fn part(folders: &Folders, username: &Username) -> PathBuf {
    folder(folders).join(format!("{username}.part"))
}

/// What a file's name says.
fn read_name(name: &str) -> Option<(Username, Timestamp)> {
    let (username, stamp) = name.strip_suffix(SUFFIX)?.split_once('-')?;
    Some((username.parse().ok()?, NaiveDateTime::parse_from_str(stamp, STAMP).ok()?.and_utc()))
}

/// All whole ones, newest first.
///
/// # Errors
/// What the kernel says.
pub(crate) fn list(folders: &Folders) -> std::io::Result<Vec<LastCopy>> {
    let folder = folder(folders);
    let mut copies: Vec<LastCopy> = entries(&folder)?
        .into_iter()
        .filter_map(|name| {
            let (username, asked_at) = read_name(&name)?;
            let path = folder.join(&name);
            let bytes = std::fs::symlink_metadata(&path).ok()?.len();
            Some(LastCopy { username, asked_at, bytes, path: path.display().to_string() })
        })
        .collect();
    copies.sort_by(|a, b| b.asked_at.cmp(&a.asked_at).then_with(|| a.username.cmp(&b.username)));
    Ok(copies)
}

/// Removes those that are older than `days`. Returns how many.
async fn expire(folders: &Folders, days: u16, now: Timestamp) -> Result<usize, HostError> {
    let all = list(folders).map_err(|e| HostError::io("list the last copies", e))?;
    let mut gone = 0;
    for copy in all.into_iter().filter(|copy| copy.asked_at + TimeDelta::days(days.into()) <= now) {
        replace::remove(copy.path).await?;
        gone += 1;
    }
    Ok(gone)
}

/// Removes what is over, for ever.
pub(crate) async fn run(d: &Daemon) {
    loop {
        match expire(&d.folders, d.config.last_copy_days, d.now()).await {
            Ok(0) => {}
            Ok(copies) => tracing::info!(copies, "last copies of accounts were kept as long as they are to be, and removed"),
            Err(error) => tracing::warn!(%error, "last copies of accounts could not be removed"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_host::replace::Access;

    #[tokio::test]
    async fn copies_are_listed_newest_first_and_go_by_age() {
        let state = tempfile::tempdir().unwrap();
        let folders = Folders { etc: state.path().into(), state: state.path().into() };
        let joko: Username = "joko".parse().unwrap();
        let day = |n: i64| chrono::DateTime::from_timestamp(n * 86_400 + 7, 0).unwrap();
        std::fs::create_dir(folder(&folders)).unwrap();
        for n in 0..3 {
            replace::write(file(&folders, &joko, day(n)), "x", Access::SECRET).await.unwrap();
        }
        // What is not whole, and what is not ours, is no copy.
        for other in ["joko.part", "joko-x.tar.gz", "notes"] {
            replace::write(folder(&folders).join(other), "x", Access::SECRET).await.unwrap();
        }
        let listed = || list(&folders).unwrap().into_iter().map(|copy| copy.asked_at).collect::<Vec<_>>();
        assert_eq!(listed(), [day(2), day(1), day(0)]);
        assert_eq!(expire(&folders, 30, day(31)).await.unwrap(), 2);
        assert_eq!(listed(), [day(2)]);
        assert_eq!(entries(&folder(&folders)).unwrap().len(), 4);
    }
}
