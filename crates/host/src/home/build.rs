//! Builds a home in the staging folder and renames it in.

use super::{NewHome, STAGING, entry};
use crate::acl::EXECUTE;
use crate::disk;
use crate::docroot::{self, Owners};
use crate::error::Explain;
use crate::{HostError, HostErrorKind, Result};
use rustix::fs::{AtFlags, FileType, Gid, OFlags, Uid};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub(super) fn create(homes: &Path, home: &NewHome) -> Result<()> {
    let what = || format!("make the home of {}", home.username);
    let name = home.username.as_str();
    check(home).map_err(|why| HostError::refused(what(), why))?;
    let folder = crate::replace::open_dir(homes)?;
    if already_there(&folder, home)? {
        return Ok(());
    }
    crate::replace::dir_now(&homes.join(STAGING), 0o700, None)?;
    let staging = docroot::open_below(&folder, STAGING, OFlags::RDONLY | OFlags::DIRECTORY).explain(what)?;
    remove_tree(&staging, OsStr::new(name)).explain(what)?;
    // Whatever fails, and whoever came first: nothing stays behind.
    fill(&staging, home).inspect_err(|_| drop(remove_tree(&staging, OsStr::new(name)))).explain(what)?;
    match disk::rename_new(&staging, name, &folder, name) {
        Ok(()) => disk::fsync(&folder).explain(what),
        Err(e) => {
            let _ = remove_tree(&staging, OsStr::new(name));
            Err(e).explain(what)
        }
    }
}

/// Empties the staging folder. Root alone can enter it, so no tenant has ever touched what is in it.
pub(super) fn clear_staging(homes: &Path) -> Result<()> {
    let what = || "clear the homes that were being made".to_owned();
    crate::replace::dir_now(&homes.join(STAGING), 0o700, None)?;
    let staging = docroot::open_below(crate::replace::open_dir(homes)?, STAGING, OFlags::RDONLY | OFlags::DIRECTORY).explain(what)?;
    for name in names(&staging).explain(what)? {
        remove_tree(&staging, &name).explain(what)?;
    }
    Ok(())
}

fn names(folder: &OwnedFd) -> std::io::Result<Vec<std::ffi::OsString>> {
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::read_from(folder)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn check(home: &NewHome) -> Result<(), String> {
    if !home.docroots.iter().any(|d| d.path == home.primary) {
        return Err("the primary document root is not among those to be made".to_owned());
    }
    match home.docroots.iter().flat_map(|d| &d.files).find(|f| !docroot::is_file_name(&f.name)) {
        Some(bad) => Err(format!("{:?} is not a file name", bad.name)),
        None => Ok(()),
    }
}

fn already_there(folder: &OwnedFd, home: &NewHome) -> Result<bool> {
    match entry(folder, home.username.as_str())? {
        None => Ok(false),
        // The rename is the last step, so a home that is there is whole.
        Some((FileType::Directory, uid)) if uid == home.uid => Ok(true),
        Some(_) => Err(HostError::new(HostErrorKind::Exists, format!("make the home of {}", home.username))
            .detail("something that does not belong to the account has this name")),
    }
}

fn fill(staging: &OwnedFd, home: &NewHome) -> std::io::Result<()> {
    let owners = Owners { owner: Some((home.uid, home.gid)), web_uid: home.web_uid };
    let (top, _) = docroot::folder(staging, home.username.as_str(), 0o750, owners.owner)?;
    docroot::let_web_in(&top, home.web_uid, EXECUTE)?;
    for private in ["tmp", "backups"] {
        let (fd, _) = docroot::folder(&top, private, 0o700, owners.owner)?;
        disk::fsync(fd)?;
    }
    for new in &home.docroots {
        docroot::make(&top, new, owners)?;
    }
    if !home.docroots.iter().any(|d| docroot::takes_the_link_name(&d.path)) {
        disk::symlink(home.primary.as_str(), &top, "public_html")?;
        let (uid, gid) = (Uid::from_raw(home.uid), Gid::from_raw(home.gid));
        rustix::fs::chownat(&top, "public_html", Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?;
    }
    disk::fsync(&top)?;
    Ok(())
}

/// Removes a tree of the staging folder. Only root could ever enter there, so nothing moves while it walks; links are removed,
/// never followed. Not being there is success.
fn remove_tree(parent: impl AsFd, name: &OsStr) -> std::io::Result<()> {
    match rustix::fs::unlinkat(&parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR) => {}
        Err(e) => return Err(e.into()),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(&parent, name, flags, rustix::fs::Mode::empty())?;
    for inner in rustix::fs::Dir::read_from(&folder)? {
        let inner = inner?;
        let name = inner.file_name().to_bytes();
        if name != b"." && name != b".." {
            remove_tree(&folder, OsStr::from_bytes(name))?;
        }
    }
    Ok(rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)?)
}
