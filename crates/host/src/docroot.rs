//! Makes a document root below an open home. Shared by root, in the staging folder nobody else can enter, and by the worker that
//! runs as the account in a live home; the rules of resolution are the same for both.

use crate::acl::{Acl, EXECUTE, READ};
use crate::disk;
use crate::home::{NewDocRoot, StarterFile};
use nusantara_types::DocRoot;
use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Uid};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};

/// Permission bits of folders the web server may pass or read (through ACL entries).
const FOLDER_MODE: u32 = 0o750;

/// For whom things are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owners {
    /// Owner and group to give everything; `None` when the process has them already.
    pub(crate) owner: Option<(u32, u32)>,
    /// The web server, let in by ACL.
    pub(crate) web_uid: u32,
}

/// Opens `name`, which may have several components, strictly below `folder`: no link, no mount, no way out.
pub(crate) fn open_below(folder: impl AsFd, name: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
    for _ in 0..16 {
        // EAGAIN: something was renamed while the kernel looked.
        match rustix::fs::openat2(&folder, name, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            Err(Errno::AGAIN) => {}
            result => return result,
        }
    }
    Err(Errno::AGAIN)
}

/// Makes a folder (or takes the one that is there) and opens it. The flag says whether it is new.
pub(crate) fn folder(parent: impl AsFd, name: &str, mode: u32, owner: Option<(u32, u32)>) -> std::io::Result<(OwnedFd, bool)> {
    let new = match disk::mkdir(&parent, name, Mode::from_bits_truncate(mode)) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(e) => return Err(e.into()),
    };
    let fd = open_below(parent, name, OFlags::RDONLY | OFlags::DIRECTORY)?;
    if new {
        own(&fd, mode, owner)?;
    }
    Ok((fd, new))
}

/// Gives an open new file or folder its owner and exact mode.
pub(crate) fn own(fd: impl AsFd, mode: u32, owner: Option<(u32, u32)>) -> std::io::Result<()> {
    if let Some((uid, gid)) = owner {
        rustix::fs::fchown(&fd, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?;
    }
    Ok(rustix::fs::fchmod(fd, Mode::from_bits_truncate(mode))?)
}

/// Lets the web server through (`EXECUTE`) or in (`READ | EXECUTE`), keeping what the list says otherwise.
pub(crate) fn let_web_in(fd: impl AsFd, web_uid: u32, permissions: u16) -> std::io::Result<()> {
    let acl = Acl::of(&fd)?;
    if acl.allows_user(web_uid, permissions) { Ok(()) } else { acl.grant_user(web_uid, permissions).apply(fd) }
}

/// Makes the document root with everything above it, its ACLs and its first files, and fsyncs the lot. One that holds anything is
/// somebody's work already and gets no first files.
pub(crate) fn make(home: impl AsFd, docroot: &NewDocRoot, owners: Owners) -> std::io::Result<()> {
    let mut folders: Vec<OwnedFd> = Vec::new();
    for segment in docroot.path.as_str().split('/') {
        let parent = folders.last().map_or(home.as_fd(), AsFd::as_fd);
        let (fd, _) = folder(parent, segment, FOLDER_MODE, owners.owner)?;
        let_web_in(&fd, owners.web_uid, EXECUTE)?;
        folders.push(fd);
    }
    if let Some(root) = folders.last() {
        let_web_in(root, owners.web_uid, READ | EXECUTE)?;
        Acl::from_mode(FOLDER_MODE).grant_user(owners.web_uid, READ | EXECUTE).apply_default(root)?;
        if is_empty(root)? {
            for file in &docroot.files {
                starter_file(root, file, owners)?;
            }
        }
    }
    for fd in folders.iter().rev() {
        disk::fsync(fd)?;
    }
    Ok(())
}

/// Makes a folder with everything above it, for nobody but whoever makes it, and fsyncs the lot. What is there stays as it is.
pub(crate) fn make_plain(home: impl AsFd, path: &DocRoot) -> std::io::Result<()> {
    let mut folders: Vec<OwnedFd> = Vec::new();
    for segment in path.as_str().split('/') {
        let parent = folders.last().map_or(home.as_fd(), AsFd::as_fd);
        let (fd, _) = folder(parent, segment, FOLDER_MODE, None)?;
        folders.push(fd);
    }
    for fd in folders.iter().rev() {
        disk::fsync(fd)?;
    }
    Ok(())
}

/// Lets the link `public_html` lead to a docroot. What is there and is no link is somebody's work, and stays.
pub(crate) fn link_primary(home: impl AsFd, docroot: &DocRoot) -> std::io::Result<()> {
    const LINK: &str = "public_html";
    const NEW: &str = ".public_html.nusantara";
    if takes_the_link_name(docroot) {
        return Ok(());
    }
    match rustix::fs::statat(&home, LINK, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink => return Ok(()),
        Ok(_) | Err(Errno::NOENT) => {}
        Err(e) => return Err(e.into()),
    }
    match rustix::fs::unlinkat(&home, NEW, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(e) => return Err(e.into()),
    }
    disk::symlink(docroot.as_str(), &home, NEW)?;
    disk::rename(&home, NEW, LINK)?;
    Ok(disk::fsync(home)?)
}

fn is_empty(folder: &OwnedFd) -> std::io::Result<bool> {
    for entry in rustix::fs::Dir::read_from(folder)? {
        if !matches!(entry?.file_name().to_bytes(), b"." | b"..") {
            return Ok(false);
        }
    }
    Ok(true)
}

fn starter_file(root: &OwnedFd, file: &StarterFile, owners: Owners) -> std::io::Result<()> {
    let fd = match disk::create(root, OsStr::new(&file.name)) {
        Ok(fd) => fd,
        Err(Errno::EXIST) => return Ok(()),
        Err(e) => return Err(e.into()),
    };
    disk::write_all(&fd, &file.bytes)?;
    own(&fd, file.mode & 0o777, owners.owner)?;
    Ok(disk::fsync(fd)?)
}

/// Whether a starter file's name is one path component.
pub(crate) fn is_file_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() <= 255 && !name.contains(['/', '\0'])
}

/// Whether `docroot` lies in (or is) the folder `public_html` of the home itself, where otherwise a link to the primary one goes.
pub(crate) fn takes_the_link_name(docroot: &DocRoot) -> bool {
    docroot.as_str().split('/').next() == Some("public_html")
}
