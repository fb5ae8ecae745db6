//! Root-owned files, folders and links, replaced atomically.
//!
//! Callers pass only paths whose every folder belongs to root (`/etc/nusantara-panel`, `/var/lib/nusantara-hostd`,
//! `/etc/systemd/system`, …): nobody else can plant a link on the way, so names may be used. The last component is still never
//! followed. Nothing below a tenant's home is ever passed here.
//!
//! A replacement is: write a temporary file beside the target (`O_EXCL|O_NOFOLLOW`), set owner and mode through the
//! descriptor, fsync, rename, fsync the folder. A reader sees the old bytes or the new ones; so does the next boot.

mod now;

use crate::Result;
use crate::blocking::run;
pub(crate) use now::{dir_now, link_now, open_dir, read_now, remove_now, rename_now, scratch_links_now, sync_dir_flat_now, write_now};
use now::{remove_dir_flat_now, rename_leaving_link_now, seal_now, write_dir_now, write_together_now};
use std::path::PathBuf;

/// Who owns a file and what others may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Permission bits, such as `0o600`. Set exactly, whatever the umask.
    pub mode: u32,
    /// Owner and group; root:root when `None`.
    pub owner: Option<(u32, u32)>,
}

impl Access {
    /// root:root 0600.
    pub const SECRET: Self = Self { mode: 0o600, owner: None };
    /// root:root 0644.
    pub const PUBLIC: Self = Self { mode: 0o644, owner: None };
}

/// A file to be put into a new folder by [`write_dir`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedFile {
    /// One path component.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Owner and mode.
    pub access: Access,
}

/// Replaces (or makes) a file.
///
/// # Errors
/// What the kernel says. The old file is untouched then.
pub async fn write(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>, access: Access) -> Result<()> {
    let (path, bytes) = (path.into(), bytes.into());
    run(move || write_now(&path, &bytes, access)).await
}

/// Replaces (or makes) several files, each whole. All new bytes are on disk before the first file is replaced: a disk that is full
/// leaves all of them as they were.
///
/// # Errors
/// What the kernel says. When it is a rename that failed, files before it are new already.
pub async fn write_together(files: Vec<(PathBuf, Vec<u8>)>, access: Access) -> Result<()> {
    run(move || write_together_now(&files, access)).await
}

/// Removes a file or link. Not being there is success.
///
/// # Errors
/// What the kernel says; [`crate::HostErrorKind::Refused`] for a folder.
pub async fn remove(path: impl Into<PathBuf>) -> Result<()> {
    let path = path.into();
    run(move || remove_now(&path)).await
}

/// Makes a folder with this mode and owner, and its missing parents as root 0755. One that exists gets mode and owner.
///
/// # Errors
/// What the kernel says; a file or link of that name is [`crate::HostErrorKind::Io`].
pub async fn dir(path: impl Into<PathBuf>, access: Access) -> Result<()> {
    let path = path.into();
    run(move || dir_now(&path, access.mode, access.owner)).await
}

/// Makes `path` a link to `target`, replacing a link that is there in one step.
///
/// # Errors
/// What the kernel says; [`crate::HostErrorKind::Exists`] when something else than a link is there.
pub async fn link(target: impl Into<PathBuf>, path: impl Into<PathBuf>) -> Result<()> {
    let (target, path) = (target.into(), path.into());
    run(move || link_now(&target, &path)).await
}

/// Makes a whole folder appear at once: builds it beside `path` and renames it in.
///
/// # Errors
/// [`crate::HostErrorKind::Exists`] when `path` is there already (it is left as it is), else what the kernel says.
pub async fn write_dir(path: impl Into<PathBuf>, access: Access, files: Vec<StagedFile>) -> Result<()> {
    let path = path.into();
    run(move || write_dir_now(&path, access, &files)).await
}

/// Removes a folder that holds only files and links, atomically: it is renamed aside first, so nobody sees half of it. Not being
/// there is success, and what an earlier try left aside is removed too.
///
/// # Errors
/// [`crate::HostErrorKind::Refused`] when it holds a folder; what the kernel says otherwise.
pub async fn remove_dir_flat(path: impl Into<PathBuf>) -> Result<()> {
    let path = path.into();
    run(move || remove_dir_flat_now(&path)).await
}

/// Gives a file or folder another name beside it. Not being there under the old one is success: a crash may have come after the
/// rename.
///
/// # Errors
/// [`crate::HostErrorKind::Exists`] when the new name is taken, else what the kernel says.
pub async fn rename(from: impl Into<PathBuf>, to: impl Into<PathBuf>) -> Result<()> {
    let (from, to) = (from.into(), to.into());
    run(move || rename_now(&from, &to)).await
}

/// Gives a file that somebody else has written its name for good: what is in it is on disk before it has it. Answers with its size.
///
/// # Errors
/// [`crate::HostErrorKind::Exists`] when the name is taken, [`crate::HostErrorKind::NotFound`] when there is no such file, else what
/// the kernel says.
pub async fn seal(from: impl Into<PathBuf>, to: impl Into<PathBuf>, access: Access) -> Result<u64> {
    let (from, to) = (from.into(), to.into());
    run(move || seal_now(&from, &to, access)).await
}

/// Gives a folder another name beside it and leaves a link of the old name that leads there, in one step: whoever uses the old name
/// finds the same files at every moment. The other way round it takes the link away again. A folder that has the new name already, and
/// one that is not there, are success.
///
/// # Errors
/// [`crate::HostErrorKind::Exists`] when the new name is taken by something else, else what the kernel says.
pub async fn rename_leaving_link(from: impl Into<PathBuf>, to: impl Into<PathBuf>) -> Result<()> {
    let (from, to) = (from.into(), to.into());
    run(move || rename_leaving_link_now(&from, &to)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HostErrorKind;
    use std::os::unix::fs::{MetadataExt, symlink};

    #[tokio::test]
    async fn a_file_is_replaced_with_owner_and_mode_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spec.json");
        write(&path, "one", Access::SECRET).await.unwrap();
        write(&path, "two", Access { mode: 0o640, owner: Some((12_345, 12_346)) }).await.unwrap();
        let meta = std::fs::metadata(&path).unwrap();
        assert_eq!((meta.mode() & 0o7777, meta.uid(), meta.gid()), (0o640, 12_345, 12_346));
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_folder_gets_another_name_and_takes_nobodys() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        rename(at("a"), at("b")).await.unwrap();
        for name in ["a", "c"] {
            dir(at(name), Access { mode: 0o700, owner: None }).await.unwrap();
        }
        rename(at("a"), at("b")).await.unwrap();
        assert!(at("b").is_dir() && !at("a").exists());
        assert_eq!(rename(at("b"), at("c")).await.unwrap_err().kind, HostErrorKind::Exists);
    }

    #[tokio::test]
    async fn files_that_belong_together_are_all_replaced_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let files = |text: &str| ["a", "b", "c"].map(|name| (path(name), text.as_bytes().to_vec())).to_vec();
        write_together(files("one"), Access::SECRET).await.unwrap();
        write_together(files("two"), Access::SECRET).await.unwrap();
        let mut beyond = files("three");
        beyond.push((path("missing/d"), b"three".to_vec()));
        assert!(write_together(beyond, Access::SECRET).await.is_err());
        for name in ["a", "b", "c"] {
            assert_eq!(std::fs::read(path(name)).unwrap(), b"two");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing stays beside them");
    }

    #[tokio::test]
    async fn a_link_in_place_of_the_file_is_replaced_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, path) = (folder.path().join("victim"), folder.path().join("file"));
        write(&victim, "keep", Access::SECRET).await.unwrap();
        symlink(&victim, &path).unwrap();
        symlink(&victim, folder.path().join(".file.tmp")).unwrap();
        write(&path, "new", Access::SECRET).await.unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"keep");
        assert!(std::fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[tokio::test]
    async fn removing_and_making_twice_is_the_same_as_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c");
        remove(&path).await.unwrap();
        dir(&path, Access { mode: 0o711, owner: None }).await.unwrap();
        dir(&path, Access { mode: 0o711, owner: None }).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o711);
        assert_eq!(remove(&path).await.unwrap_err().kind, HostErrorKind::Refused);
        remove_dir_flat(&path).await.unwrap();
        remove_dir_flat(&path).await.unwrap();
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_link_changes_its_target_in_one_step_and_never_eats_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let live = folder.path().join("live");
        link("a", &live).await.unwrap();
        link("b", &live).await.unwrap();
        assert_eq!(std::fs::read_link(&live).unwrap().to_str(), Some("b"));
        let file = folder.path().join("file");
        write(&file, "", Access::SECRET).await.unwrap();
        assert_eq!(link("a", &file).await.unwrap_err().kind, HostErrorKind::Exists);
    }

    #[tokio::test]
    async fn a_folder_appears_whole_or_not_at_all() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("joko");
        let file = |name: &str| StagedFile { name: name.to_owned(), bytes: b"{}".to_vec(), access: Access::SECRET };
        let access = Access { mode: 0o700, owner: None };
        // What a crash left of an earlier try.
        std::fs::create_dir(parent.path().join(".joko.tmp")).unwrap();
        symlink("/etc/passwd", parent.path().join(".joko.tmp/x")).unwrap();
        for bad in ["", "../x", ".hidden", "a/b"] {
            assert_eq!(write_dir(&path, access, vec![file(bad)]).await.unwrap_err().kind, HostErrorKind::Refused);
        }
        write_dir(&path, access, vec![file("account.json"), file("meta.json")]).await.unwrap();
        assert_eq!(write_dir(&path, access, vec![file("other")]).await.unwrap_err().kind, HostErrorKind::Exists);
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 2);
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1);
        std::fs::create_dir(path.join("sub")).unwrap();
        assert_eq!(remove_dir_flat(&path).await.unwrap_err().kind, HostErrorKind::Refused);
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 3);
        std::fs::remove_dir(path.join("sub")).unwrap();
        remove_dir_flat(&path).await.unwrap();
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_folder_is_there_under_both_names_while_it_is_renamed() {
        let parent = tempfile::tempdir().unwrap();
        let (old, new) = (parent.path().join("joko"), parent.path().join("budi"));
        dir(&old, Access { mode: 0o700, owner: None }).await.unwrap();
        write(old.join("log"), "1", Access::SECRET).await.unwrap();
        let links = || (old.is_symlink(), new.is_symlink());
        // What a crash left between the two calls.
        symlink("budi", &new).unwrap();
        for _ in 0..2 {
            rename_leaving_link(&old, &new).await.unwrap();
            assert_eq!((links(), std::fs::read(old.join("log")).unwrap()), ((true, false), b"1".to_vec()));
        }
        for _ in 0..2 {
            rename_leaving_link(&new, &old).await.unwrap();
            assert_eq!((links(), std::fs::read(new.join("log")).unwrap()), ((false, true), b"1".to_vec()));
        }
        rename_leaving_link(&old, &new).await.unwrap();
        remove(&old).await.unwrap();
        rename_leaving_link(&old, &new).await.unwrap();
        assert!(new.is_dir() && !old.exists());
        dir(&old, Access { mode: 0o700, owner: None }).await.unwrap();
        assert_eq!(rename_leaving_link(&old, &new).await.unwrap_err().kind, HostErrorKind::Exists);
        assert_eq!(rename(&old, &new).await.unwrap_err().kind, HostErrorKind::Exists);
        std::fs::remove_dir(&old).unwrap();
        rename(&old, &new).await.unwrap();
        rename(&new, &old).await.unwrap();
        assert!(old.join("log").exists() && !new.exists());
    }
}
