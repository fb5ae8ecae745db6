//! Every call with which this crate changes what is on a disk. They are the kernel's own (rustix); here is where tests let a disk
//! fail, so that no write can be forgotten: `clippy.toml` bans the bare calls elsewhere.

pub mod faults;

use faults::point;
use rustix::fs::{Mode, OFlags, RenameFlags};
use rustix::io::{Errno, Result};
use std::os::fd::{AsFd, OwnedFd};

/// fsync(2).
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn fsync(fd: impl AsFd) -> Result<()> {
    point("sync")?;
    rustix::fs::fsync(fd)
}

/// renameat(2) within one folder.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn rename(folder: impl AsFd, from: impl rustix::path::Arg, to: impl rustix::path::Arg) -> Result<()> {
    point("rename")?;
    rustix::fs::renameat(&folder, from, &folder, to)
}

/// renameat2(2) that never replaces anything.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn rename_new(from: impl AsFd, old: impl rustix::path::Arg, to: impl AsFd, new: impl rustix::path::Arg) -> Result<()> {
    point("rename")?;
    rustix::fs::renameat_with(from, old, to, new, RenameFlags::NOREPLACE)
}

/// renameat2(2) that lets two names of one folder change places.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn exchange(folder: impl AsFd, one: impl rustix::path::Arg, other: impl rustix::path::Arg) -> Result<()> {
    point("rename")?;
    rustix::fs::renameat_with(&folder, one, &folder, other, RenameFlags::EXCHANGE)
}

/// mkdirat(2).
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn mkdir(folder: impl AsFd, name: impl rustix::path::Arg, mode: Mode) -> Result<()> {
    point("mkdir")?;
    rustix::fs::mkdirat(folder, name, mode)
}

/// symlinkat(2).
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn symlink(target: impl rustix::path::Arg, folder: impl AsFd, name: impl rustix::path::Arg) -> Result<()> {
    point("symlink")?;
    rustix::fs::symlinkat(target, folder, name)
}

/// A new file, for root alone until it is given to somebody.
pub(crate) fn create(folder: impl AsFd, name: impl rustix::path::Arg) -> Result<OwnedFd> {
    point("create")?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::RUSR | Mode::WUSR)
}

/// Writes everything to a descriptor.
pub(crate) fn write_all(fd: impl AsFd, bytes: &[u8]) -> std::io::Result<()> {
    if let Err(fault) = point("write") {
        // A disk that fills up takes what still fits.
        let _ = write_on(&fd, &bytes[..bytes.len() / 2]);
        return Err(fault.into());
    }
    write_on(fd, bytes)
}

fn write_on(fd: impl AsFd, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(&fd, bytes) {
            Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}
