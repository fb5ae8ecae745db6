//! Applied revisions of accounts: `revisions/<username>/<number>-<hash>.json`, each a whole spec whose `meta.json` says who applied
//! it, when and by which operation. The latest 500 of an account are kept; when it is deleted, they stay as
//! `revisions/<username>.<uid>`.

use super::{Folders, entries};
use nusantara_host::{HostError, replace};
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::{AccountSpec, Revision, RevisionName, Username};
use std::path::{Path, PathBuf};

/// How many are kept of an account.
const MOST: usize = 500;
/// How many digits of the hash are in a file's name.
const DIGITS: usize = 16;

/// The revisions of one account.
#[derive(Debug, Clone)]
pub(crate) struct Revisions {
    all: PathBuf,
    folder: PathBuf,
}

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept {
    pub(crate) number: u32,
    /// The first digits of its hash.
    digits: String,
    file: String,
}

/// A revision that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) number: u32,
    pub(crate) revision: Revision,
    pub(crate) spec: AccountSpec,
}

impl Kept {
    fn of(file: String) -> Option<Self> {
        let (number, digits) = file.strip_suffix(".json")?.split_once('-')?;
        let (number, digits) = (number.parse().ok()?, digits.to_owned());
        Some(Self { number, digits, file })
    }
}

impl Revisions {
    pub(crate) fn of(folders: &Folders, username: &Username) -> Self {
        let all = folders.state.join("revisions");
        Self { folder: all.join(username.as_str()), all }
    }

    /// Those that are kept, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub(crate) fn kept(&self) -> Result<Vec<Kept>, OperationError> {
        let names = entries(&self.folder).map_err(|e| unreadable(&self.folder, &e.to_string()))?;
        let mut kept: Vec<Kept> = names.into_iter().filter_map(Kept::of).collect();
        kept.sort_unstable();
        Ok(kept)
    }

    /// Reads one. Its hash is the one it was applied under: a later build may reckon another for the same spec.
    ///
    /// # Errors
    /// When it cannot be read, or was applied by a build whose layout this one does not know.
    pub(crate) fn read(&self, kept: &Kept) -> Result<Stored, OperationError> {
        let path = self.folder.join(&kept.file);
        let bytes = std::fs::read(&path).map_err(|e| unreadable(&path, &e.to_string()))?;
        let spec: AccountSpec = serde_json::from_slice(&bytes).map_err(|e| unreadable(&path, &e.to_string()))?;
        let revision = spec.meta.last_applied_revision.clone().unwrap_or_else(|| spec.revision());
        Ok(Stored { number: kept.number, revision, spec })
    }

    /// The one in force.
    ///
    /// # Errors
    /// When there is one and it cannot be read.
    pub(crate) fn latest(&self) -> Result<Option<Stored>, OperationError> {
        self.kept()?.last().map(|kept| self.read(kept)).transpose()
    }

    /// The one that is called so. Of several with the same hash, which are alike, the latest.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is none, [`ErrorCode::Invalid`] when there are several.
    pub(crate) fn named(&self, name: &RevisionName) -> Result<Stored, OperationError> {
        let missing = || {
            let message = format!("this account has no revision {name}; its history lists those that are kept");
            OperationError::new(ErrorCode::NotFound, message).field("revision")
        };
        let kept = self.kept()?;
        let found = match name {
            RevisionName::Current => kept.last(),
            RevisionName::Number(number) => kept.iter().find(|one| one.number == *number),
            RevisionName::Prefix(prefix) => {
                let short = &prefix[..prefix.len().min(DIGITS)];
                let mut matching = kept.iter().rev().filter(|one| one.digits.starts_with(short));
                let first = matching.next();
                if matching.any(|other| first.is_some_and(|first| first.digits != other.digits)) {
                    let message = format!("several revisions of this account begin with {prefix}; give more of it");
                    return Err(OperationError::new(ErrorCode::Invalid, message).field("revision"));
                }
                first
            }
        };
        let stored = self.read(found.ok_or_else(missing)?)?;
        match name {
            RevisionName::Prefix(prefix) if !stored.revision.hex().starts_with(prefix.as_str()) => Err(missing()),
            _ => Ok(stored),
        }
    }

    /// Keeps an applied revision, unless it is the one in force already, and lets go of the oldest when there are too many.
    pub(crate) async fn keep(&self, spec: &AccountSpec, revision: &Revision) -> Result<(), HostError> {
        let kept = self.kept().unwrap_or_default();
        let digits = &revision.hex()[..DIGITS];
        if kept.last().is_some_and(|last| last.digits == digits) {
            return Ok(());
        }
        replace::dir(&self.folder, replace::Access { mode: 0o700, owner: None }).await?;
        let name = format!("{:06}-{digits}.json", kept.last().map_or(0, |last| last.number) + 1);
        let bytes = serde_json::to_vec_pretty(spec).unwrap_or_default();
        let file = self.folder.join(name);
        // A revision that was not recorded was not applied: it is no part of the history.
        if let Err(error) = replace::write(file.clone(), bytes, replace::Access::SECRET).await {
            let _ = replace::remove(file).await;
            return Err(error);
        }
        let too_many = (kept.len() + 1).saturating_sub(MOST);
        for old in &kept[..too_many] {
            replace::remove(self.folder.join(&old.file)).await?;
        }
        Ok(())
    }

    /// Names and uids of accounts that are gone.
    pub(crate) fn retired(folders: &Folders) -> Vec<(String, u32)> {
        let names = entries(&folders.state.join("revisions")).unwrap_or_default();
        let retired = |name: &String| name.rsplit_once('.').and_then(|(name, uid)| Some((name.to_owned(), uid.parse().ok()?)));
        names.iter().filter_map(retired).collect()
    }

    /// Keeps them under the name of `new`. What lies there is of an earlier account, whose deletion was cut short: it is put aside as
    /// that would have done. Not being there is success: a crash may have come after the rename.
    pub(crate) async fn rename(&self, new: &Self) -> Result<(), HostError> {
        if self.folder.exists() && new.folder.exists() {
            let uid = new.latest().ok().flatten().map_or(0, |earlier| earlier.spec.account.uid);
            new.retire(uid).await?;
        }
        replace::rename(self.folder.clone(), new.folder.clone()).await
    }

    /// Lets go of the name, for whoever gets it next.
    pub(crate) async fn retire(&self, uid: u32) -> Result<(), HostError> {
        let Some(name) = self.folder.file_name().map(|name| name.to_string_lossy().into_owned()) else { return Ok(()) };
        let aside = self.all.join(format!("{name}.{uid}"));
        if self.folder.is_dir() {
            // A deletion that was cut short, or a tree that was adopted again under the uid it had: the later history counts.
            replace::remove_dir_flat(&aside).await?;
        }
        replace::rename(&self.folder, aside).await
    }
}

fn unreadable(path: &Path, why: &str) -> OperationError {
    OperationError::new(ErrorCode::HostFailed, "a kept revision of this account cannot be read")
        .detail(format!("{}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    fn folders() -> (tempfile::TempDir, Folders) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("revisions")).unwrap();
        let folders = Folders { etc: folder.path().into(), state: folder.path().into() };
        (folder, folders)
    }

    fn applied(memory: u64) -> AccountSpec {
        let mut spec = spec_of("joko", "joko.test");
        spec.limits.memory_limit_mb = memory;
        spec.meta.last_applied_revision = Some(spec.revision());
        spec
    }

    #[tokio::test]
    async fn revisions_are_numbered_found_and_let_go_of() {
        let (_folder, folders) = folders();
        let revisions = Revisions::of(&folders, &"joko".parse().unwrap());
        assert_eq!((revisions.latest(), revisions.kept()), (Ok(None), Ok(vec![])));
        for memory in 100..100 + MOST as u64 + 3 {
            let spec = applied(memory);
            for _ in 0..2 {
                revisions.keep(&spec, &spec.revision()).await.unwrap();
            }
        }
        let kept = revisions.kept().unwrap();
        assert_eq!((kept.len(), kept[0].number, kept[MOST - 1].number), (MOST, 4, 503), "each once, the oldest gone");
        assert_eq!(revisions.latest().unwrap().unwrap().spec, applied(602));
        let named = |text: &str| revisions.named(&text.parse().unwrap());
        assert_eq!(named("4").unwrap().spec, applied(103));
        assert_eq!(named("current").unwrap().number, 503);
        let hex = applied(200).revision().hex().to_owned();
        for length in [12, 16, 20, 64] {
            assert_eq!(named(&format!("sha256:{}", &hex[..length])).unwrap().spec, applied(200), "{length}");
        }
        let wrong_end = format!("{}{}", &hex[..40], "0123456789abcdef01234567");
        for missing in ["3", "504", &wrong_end] {
            assert_eq!(named(missing).unwrap_err().code, ErrorCode::NotFound, "{missing}");
        }
        // Back to what was: another revision with the same hash.
        revisions.keep(&applied(200), &applied(200).revision()).await.unwrap();
        assert_eq!(named(&hex[..12]).unwrap().number, 504);
    }

    #[tokio::test]
    async fn whoever_gets_a_name_next_has_a_history_of_their_own() {
        let (folder, folders) = folders();
        let revisions = Revisions::of(&folders, &"joko".parse().unwrap());
        revisions.retire(12_000).await.unwrap();
        revisions.keep(&applied(100), &applied(100).revision()).await.unwrap();
        for _ in 0..2 {
            revisions.retire(12_000).await.unwrap();
        }
        assert_eq!(revisions.kept(), Ok(vec![]));
        assert!(folder.path().join("revisions/joko.12000/").is_dir());
        assert_eq!(Revisions::retired(&folders), [("joko".to_owned(), 12_000)]);
    }

    #[tokio::test]
    async fn a_history_follows_a_name_and_puts_an_earlier_one_aside() {
        let (folder, folders) = folders();
        let of = |name: &str| Revisions::of(&folders, &name.parse().unwrap());
        of("joko").keep(&applied(100), &applied(100).revision()).await.unwrap();
        of("budi").keep(&applied(200), &applied(200).revision()).await.unwrap();
        for _ in 0..2 {
            of("joko").rename(&of("budi")).await.unwrap();
            assert_eq!(of("budi").latest().unwrap().unwrap().spec, applied(100));
        }
        assert_eq!(of("joko").kept(), Ok(vec![]));
        let uid = applied(200).account.uid;
        assert!(folder.path().join(format!("revisions/budi.{uid}")).is_dir());
    }

    #[test]
    fn a_beginning_that_several_have_is_refused() {
        let (folder, folders) = folders();
        let joko = folder.path().join("revisions/joko");
        std::fs::create_dir(&joko).unwrap();
        for name in ["000001-aaaabbbbccccdddd.json", "000002-aaaabbbbccccddde.json", "notes.txt", "x-y.json"] {
            std::fs::OpenOptions::new().create(true).append(true).open(joko.join(name)).unwrap();
        }
        let revisions = Revisions::of(&folders, &"joko".parse().unwrap());
        assert_eq!(revisions.kept().unwrap().len(), 2);
        let error = revisions.named(&"aaaabbbb".parse().unwrap()).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("revision")));
        let error = revisions.named(&"1".parse().unwrap()).unwrap_err();
        assert_eq!(error.code, ErrorCode::HostFailed, "an empty file is no spec");
    }
}
