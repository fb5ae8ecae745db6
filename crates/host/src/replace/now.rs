//! The blocking halves of [`super`]; also used inside other blocking work of this crate.

use super::{Access, StagedFile};
use crate::Result;
use crate::disk;
use crate::error::{Explain, HostError, HostErrorKind};
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens a folder for `*at` calls and fsync.
pub(crate) fn open_dir(path: &Path) -> Result<OwnedFd> {
    rustix::fs::open(path, FOLDER, Mode::empty()).explain(|| format!("open the folder {}", path.display()))
}

/// Splits a path into its folder, opened, and its last component.
fn parent(path: &Path) -> Result<(OwnedFd, &OsStr)> {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if path.is_absolute() => Ok((open_dir(folder)?, name)),
        _ => Err(HostError::refused(format!("use the path {}", path.display()), "it must be absolute and name something")),
    }
}

/// The temporary name beside `name`: hidden, so that listings of accounts and `*.conf` patterns never meet it.
fn beside(name: &OsStr) -> OsString {
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(".tmp");
    temporary
}

fn ids(access: Access) -> (Option<Uid>, Option<Gid>) {
    let (uid, gid) = access.owner.unwrap_or((0, 0));
    (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
}

/// Makes a new file in an open folder with exact owner and mode, and fsyncs it.
pub(crate) fn create_file(folder: impl AsFd, name: &OsStr, bytes: &[u8], access: Access) -> std::io::Result<()> {
    let fd = disk::create(folder, name)?;
    disk::write_all(&fd, bytes)?;
    let (uid, gid) = ids(access);
    rustix::fs::fchown(&fd, uid, gid)?;
    rustix::fs::fchmod(&fd, Mode::from_bits_truncate(access.mode))?;
    disk::fsync(&fd)?;
    Ok(())
}

fn unlink_if_there(folder: impl AsFd, name: &OsStr) -> std::io::Result<()> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

pub(crate) fn write_now(path: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let (folder, name) = parent(path)?;
    let temporary = beside(name);
    let put = || -> std::io::Result<()> {
        unlink_if_there(&folder, &temporary)?;
        create_file(&folder, &temporary, bytes, access)?;
        disk::rename(&folder, &temporary, name)?;
        disk::fsync(&folder)?;
        Ok(())
    };
    put().inspect_err(|_| drop(unlink_if_there(&folder, &temporary))).explain(|| format!("write {}", path.display()))
}

pub(crate) fn write_together_now(files: &[(PathBuf, Vec<u8>)], access: Access) -> Result<()> {
    let mut staged: Vec<(OwnedFd, OsString, &OsStr)> = Vec::with_capacity(files.len());
    let done = stage_all(files, access, &mut staged).and_then(|()| {
        for ((path, _), (folder, temporary, name)) in files.iter().zip(&staged) {
            disk::rename(folder, temporary, *name).explain(|| format!("write {}", path.display()))?;
        }
        staged.iter().try_for_each(|(folder, ..)| disk::fsync(folder).explain(|| "make written files durable".to_owned()))
    });
    if done.is_err() {
        staged.iter().for_each(|(folder, temporary, _)| drop(unlink_if_there(folder, temporary)));
    }
    done
}

fn stage_all<'a>(files: &'a [(PathBuf, Vec<u8>)], access: Access, staged: &mut Vec<(OwnedFd, OsString, &'a OsStr)>) -> Result<()> {
    for (path, bytes) in files {
        let (folder, name) = parent(path)?;
        let temporary = beside(name);
        unlink_if_there(&folder, &temporary).explain(|| format!("write {}", path.display()))?;
        // Noted first: what is made half is removed too.
        staged.push((folder, temporary, name));
        if let Some((folder, temporary, _)) = staged.last() {
            create_file(folder, temporary, bytes, access).explain(|| format!("write {}", path.display()))?;
        }
    }
    Ok(())
}

pub(crate) fn remove_now(path: &Path) -> Result<()> {
    let (folder, name) = match parent(path) {
        Err(e) if e.kind == HostErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    match rustix::fs::unlinkat(&folder, name, AtFlags::empty()) {
        Ok(()) => disk::fsync(&folder).explain(|| format!("remove {}", path.display())),
        Err(Errno::NOENT) => Ok(()),
        Err(Errno::ISDIR) => Err(HostError::refused(format!("remove {}", path.display()), "it is a folder")),
        Err(e) => Err(e).explain(|| format!("remove {}", path.display())),
    }
}

pub(crate) fn rename_now(from: &Path, to: &Path) -> Result<()> {
    let what = || format!("rename {} to {}", from.display(), to.display());
    let ((folder, old), (into, new)) = (parent(from)?, parent(to)?);
    match disk::rename_new(&folder, old, &into, new) {
        Ok(()) => disk::fsync(&into).and_then(|()| disk::fsync(&folder)).explain(what),
        Err(Errno::NOENT) => Ok(()),
        Err(e) => Err(e).explain(what),
    }
}

pub(crate) fn seal_now(from: &Path, to: &Path, access: Access) -> Result<u64> {
    let what = || format!("keep {} as {}", from.display(), to.display());
    let ((folder, old), (into, new)) = (parent(from)?, parent(to)?);
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let seal = || -> std::io::Result<u64> {
        let fd = rustix::fs::openat(&folder, old, flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&fd)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(std::io::Error::other("it is no file"));
        }
        let (uid, gid) = ids(access);
        rustix::fs::fchown(&fd, uid, gid)?;
        rustix::fs::fchmod(&fd, Mode::from_bits_truncate(access.mode))?;
        disk::fsync(&fd)?;
        disk::rename_new(&folder, old, &into, new)?;
        disk::fsync(&into)?;
        Ok(u64::try_from(stat.st_size).unwrap_or_default())
    };
    seal().explain(what)
}

/// What lies under a name, without following it.
fn kind(folder: impl AsFd, name: &OsStr) -> std::io::Result<Option<FileType>> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

pub(crate) fn rename_leaving_link_now(from: &Path, to: &Path) -> Result<()> {
    let what = || format!("rename {} to {}", from.display(), to.display());
    let ((folder, old), (_, new)) = (parent(from)?, parent(to)?);
    let put = || -> std::io::Result<bool> {
        match (kind(&folder, old)?, kind(&folder, new)?) {
            (Some(FileType::Directory), None | Some(FileType::Symlink)) => {}
            // Done already, or there is nothing to rename.
            (None | Some(FileType::Symlink), _) => return Ok(true),
            _ => return Ok(false),
        }
        // Nobody uses the new name yet; a link that is there is of an earlier try, or of the way there.
        unlink_if_there(&folder, new)?;
        disk::symlink(new, &folder, new)?;
        disk::exchange(&folder, old, new)?;
        disk::fsync(&folder)?;
        Ok(true)
    };
    match put().explain(what)? {
        true => Ok(()),
        false => Err(HostError::new(HostErrorKind::Exists, what()).detail("something else has this name")),
    }
}

pub(crate) fn dir_now(path: &Path, mode: u32, owner: Option<(u32, u32)>) -> Result<()> {
    let what = || format!("make the folder {}", path.display());
    if !path.is_absolute() {
        return Err(HostError::refused(what(), "the path must be absolute"));
    }
    let mut made_in = None;
    if let Some(above) = path.parent()
        && let Err(Errno::NOENT) = rustix::fs::stat(above)
    {
        dir_now(above, 0o755, None)?;
    }
    match disk::mkdir(CWD, path, Mode::RWXU) {
        Ok(()) => made_in = path.parent(),
        Err(Errno::EXIST) => {}
        Err(e) => return Err(e).explain(what),
    }
    let fd = rustix::fs::open(path, FOLDER, Mode::empty()).explain(what)?;
    let (uid, gid) = ids(Access { mode, owner });
    rustix::fs::fchown(&fd, uid, gid).explain(what)?;
    rustix::fs::fchmod(&fd, Mode::from_bits_truncate(mode)).explain(what)?;
    if let Some(above) = made_in {
        disk::fsync(open_dir(above)?).explain(what)?;
    }
    Ok(())
}

pub(crate) fn link_now(target: &Path, path: &Path) -> Result<()> {
    let what = || format!("link {} to {}", path.display(), target.display());
    let (folder, name) = parent(path)?;
    match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink => {
            return Err(HostError::new(HostErrorKind::Exists, what()).detail("something else than a link is there"));
        }
        Ok(_) | Err(Errno::NOENT) => {}
        Err(e) => return Err(e).explain(what),
    }
    let temporary = beside(name);
    let put = || -> std::io::Result<()> {
        unlink_if_there(&folder, &temporary)?;
        disk::symlink(target, &folder, &temporary)?;
        disk::rename(&folder, &temporary, name)?;
        disk::fsync(&folder)?;
        Ok(())
    };
    put().inspect_err(|_| drop(unlink_if_there(&folder, &temporary))).explain(what)
}

/// Makes a folder hold exactly these links (name, target), besides the folders in it. For scratch that nobody reads meanwhile:
/// neither atomic nor durable.
pub(crate) fn scratch_links_now(path: &Path, links: &[(OsString, PathBuf)]) -> Result<()> {
    dir_now(path, 0o700, None)?;
    let folder = open_dir(path)?;
    let fill = || -> std::io::Result<()> {
        for (name, kind) in entries(&folder)? {
            if kind != FileType::Directory {
                unlink_if_there(&folder, &name)?;
            }
        }
        for (name, target) in links {
            disk::symlink(target, &folder, name)?;
        }
        Ok(())
    };
    fill().explain(|| format!("fill the folder {}", path.display()))
}

pub(crate) fn write_dir_now(path: &Path, access: Access, files: &[StagedFile]) -> Result<()> {
    let what = || format!("make the folder {}", path.display());
    let (folder, name) = parent(path)?;
    if let Some(bad) = files.iter().find(|f| f.name.is_empty() || f.name.starts_with('.') || f.name.contains(['/', '\0'])) {
        return Err(HostError::refused(what(), format!("{:?} is not a file name", bad.name)));
    }
    let temporary = beside(name);
    empty_and_rmdir(&folder, &temporary).explain(what)?;
    let build = || -> std::io::Result<()> {
        disk::mkdir(&folder, &temporary, Mode::RWXU)?;
        let new = rustix::fs::openat(&folder, &temporary, FOLDER, Mode::empty())?;
        for file in files {
            create_file(&new, OsStr::new(&file.name), &file.bytes, file.access)?;
        }
        let (uid, gid) = ids(access);
        rustix::fs::fchown(&new, uid, gid)?;
        rustix::fs::fchmod(&new, Mode::from_bits_truncate(access.mode))?;
        disk::fsync(&new)?;
        disk::rename_new(&folder, &temporary, &folder, name)?;
        disk::fsync(&folder)?;
        Ok(())
    };
    build().inspect_err(|_| drop(empty_and_rmdir(&folder, &temporary))).explain(what)
}

pub(crate) fn remove_dir_flat_now(path: &Path) -> Result<()> {
    let what = || format!("remove the folder {}", path.display());
    let (folder, name) = match parent(path) {
        Err(e) if e.kind == HostErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let temporary = beside(name);
    empty_and_rmdir(&folder, &temporary).explain(what)?;
    if holds_folder(&folder, name).explain(what)? {
        return Err(HostError::refused(what(), "it holds a folder"));
    }
    match disk::rename_new(&folder, name, &folder, &temporary) {
        Ok(()) => {}
        Err(Errno::NOENT) => return Ok(()),
        Err(e) => return Err(e).explain(what),
    }
    empty_and_rmdir(&folder, &temporary).explain(what)?;
    disk::fsync(&folder).explain(what)
}

/// Makes durable what another program wrote into a root-owned flat folder: its files, its list of names and its own name.
pub(crate) fn sync_dir_flat_now(path: &Path) -> Result<()> {
    let what = || format!("make {} durable", path.display());
    let (above, _) = parent(path)?;
    let folder = open_dir(path)?;
    for (name, kind) in entries(&folder).explain(what)? {
        if kind == FileType::RegularFile {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = rustix::fs::openat(&folder, &name, flags, Mode::empty()).explain(what)?;
            disk::fsync(file).explain(what)?;
        }
    }
    disk::fsync(folder).explain(what)?;
    disk::fsync(above).explain(what)
}

fn entries(folder: impl AsFd) -> std::io::Result<Vec<(OsString, FileType)>> {
    let mut found = Vec::new();
    for entry in rustix::fs::Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            found.push((OsStr::from_bytes(name).to_owned(), entry.file_type()));
        }
    }
    Ok(found)
}

fn holds_folder(folder: impl AsFd, name: &OsStr) -> std::io::Result<bool> {
    match rustix::fs::openat(folder, name, FOLDER, Mode::empty()) {
        Ok(fd) => Ok(entries(&fd)?.iter().any(|(_, kind)| *kind == FileType::Directory)),
        Err(Errno::NOENT) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Removes a flat folder by name in an open one; not being there is success.
fn empty_and_rmdir(folder: impl AsFd, name: &OsStr) -> std::io::Result<()> {
    let fd = match rustix::fs::openat(&folder, name, FOLDER, Mode::empty()) {
        Ok(fd) => fd,
        Err(Errno::NOENT) => return Ok(()),
        Err(e) => return Err(e.into()),
    };
    for (entry, _) in entries(&fd)? {
        unlink_if_there(&fd, &entry)?;
    }
    match rustix::fs::unlinkat(&folder, name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// Reads a root-owned file; `None` when it is not there.
pub(crate) fn read_now(path: &Path) -> Result<Option<Vec<u8>>> {
    let fd = match rustix::fs::openat(CWD, path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
        Ok(fd) => fd,
        Err(Errno::NOENT) => return Ok(None),
        Err(e) => return Err(e).explain(|| format!("open {}", path.display())),
    };
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::fs::File::from(fd), &mut bytes).explain(|| format!("read {}", path.display()))?;
    Ok(Some(bytes))
}
