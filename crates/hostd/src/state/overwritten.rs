//! What was changed by hand and then written over: kept, so that nothing is lost. A file per time and account, for root alone; the
//! newest [`KEPT`] of them.

use super::{Folders, entries};
use nusantara_host::HostError;
use nusantara_host::replace::{self, Access};
use nusantara_proto::host::DriftItem;
use nusantara_types::{Timestamp, Username};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How many files an account has at most.
const KEPT: usize = 50;

/// What is kept of one time.
#[derive(Debug, Serialize)]
pub(crate) struct Kept<'a> {
    /// When.
    pub(crate) at: Timestamp,
    /// For whom, and by which operation.
    pub(crate) by: &'a str,
    /// What was found.
    pub(crate) items: &'a [DriftItem],
    /// What was there, whole.
    pub(crate) texts: BTreeMap<String, String>,
}

fn folder(folders: &Folders, whose: &str) -> PathBuf {
    folders.state.join("overwritten").join(whose)
}

/// Keeps what is about to be written over.
///
/// # Errors
/// When it cannot be: then it must not be written over.
pub(crate) async fn keep(folders: &Folders, username: &Username, kept: &Kept<'_>) -> Result<(), HostError> {
    keep_of(folders, username.as_str(), kept).await
}

/// Keeps texts that this build is about to bring up to date: an older one wrote them, or a hand has changed them, and nobody can tell.
///
/// # Errors
/// As [`keep`].
pub(crate) async fn keep_older(
    folders: &Folders,
    username: &Username,
    at: Timestamp,
    texts: BTreeMap<String, String>,
) -> Result<(), HostError> {
    if texts.is_empty() { Ok(()) } else { keep(folders, username, &Kept { at, by: "start", items: &[], texts }).await }
}

/// The same of what all accounts share.
pub(crate) async fn keep_of_host(folders: &Folders, kept: &Kept<'_>) -> Result<(), HostError> {
    // No account's name holds a hyphen.
    keep_of(folders, "the-host", kept).await
}

async fn keep_of(folders: &Folders, whose: &str, kept: &Kept<'_>) -> Result<(), HostError> {
    let folder = folder(folders, whose);
    replace::dir(folder.clone(), Access { mode: 0o700, owner: None }).await?;
    let mut bytes = serde_json::to_vec_pretty(kept).unwrap_or_default();
    bytes.push(b'\n');
    let name = format!("{}.json", kept.at.format("%Y%m%dT%H%M%S%.6fZ"));
    replace::write(folder.join(name), bytes, Access::SECRET).await?;
    let all = entries(&folder).unwrap_or_default();
    for old in all.iter().take(all.len().saturating_sub(KEPT)) {
        replace::remove(folder.join(old)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_are_kept_for_root_alone() {
        let state = tempfile::tempdir().unwrap();
        let folders = Folders { etc: state.path().into(), state: state.path().into() };
        let joko: Username = "joko".parse().unwrap();
        for second in 0..KEPT + 3 {
            let at = chrono::DateTime::from_timestamp(i64::try_from(second).unwrap(), 0).unwrap();
            let texts = BTreeMap::from([("vhost".to_owned(), format!("{second}"))]);
            keep(&folders, &joko, &Kept { at, by: "admin", items: &[], texts }).await.unwrap();
        }
        let folder = folder(&folders, "joko");
        let names = entries(&folder).unwrap();
        assert_eq!((names.len(), names[0].as_str()), (KEPT, "19700101T000003.000000Z.json"));
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder.join(&names[0])).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}
