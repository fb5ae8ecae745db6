//! Who may enter a home: its permission bits and the web server's entry in its list. Only the home itself is opened, which is an entry
//! of root's folder; nothing below it.

use super::{HomeLook, entry};
use crate::acl::{Acl, EXECUTE};
use crate::disk;
use crate::error::Explain;
use crate::{HostError, HostErrorKind, Result};
use nusantara_types::{END_ACCOUNT_UID, FIRST_ACCOUNT_UID, Username};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::path::Path;

fn open(homes: &Path, username: &Username) -> Result<Option<OwnedFd>> {
    let what = || format!("look at the home of {username}");
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::openat(crate::replace::open_dir(homes)?, username.as_str(), flags, Mode::empty()) {
        Ok(fd) => Ok(Some(fd)),
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::NOTDIR | Errno::LOOP) => Err(HostError::new(HostErrorKind::Exists, what()).detail("it is not a folder")),
        Err(e) => Err(e).explain(what),
    }
}

pub(super) fn look(homes: &Path, username: &Username, web_uid: u32) -> Result<Option<HomeLook>> {
    let what = || format!("look at the home of {username}");
    let Some(fd) = open(homes, username)? else { return Ok(None) };
    let stat = rustix::fs::fstat(&fd).explain(what)?;
    let web_enters = Acl::of(&fd).explain(what)?.allows_user(web_uid, EXECUTE);
    Ok(Some(HomeLook { uid: stat.st_uid, mode: stat.st_mode & 0o7777, web_enters }))
}

pub(super) fn set(homes: &Path, username: &Username, uid: u32, web_uid: u32, mode: u32, web_enters: bool) -> Result<()> {
    let what = || format!("say who may enter the home of {username}");
    let fd = open(homes, username)?.ok_or_else(|| HostError::new(HostErrorKind::NotFound, what()))?;
    if rustix::fs::fstat(&fd).explain(what)?.st_uid != uid {
        return Err(HostError::new(HostErrorKind::Exists, what()).detail("it belongs to somebody else"));
    }
    rustix::fs::fchmod(&fd, Mode::from_bits_truncate(mode)).explain(what)?;
    let acl = Acl::of(&fd).explain(what)?;
    match (acl.allows_user(web_uid, EXECUTE), web_enters) {
        (false, true) => acl.grant_user(web_uid, EXECUTE).apply(&fd).explain(what)?,
        (true, false) => acl.without_user(web_uid).apply(&fd).explain(what)?,
        _ => {}
    }
    disk::fsync(&fd).explain(what)
}

pub(super) fn owners(homes: &Path) -> Result<BTreeSet<u32>> {
    let what = || format!("look at {}", homes.display());
    let folder = crate::replace::open_dir(homes)?;
    let mut owners = BTreeSet::new();
    for found in rustix::fs::Dir::read_from(&folder).explain(what)? {
        let found = found.explain(what)?;
        let Ok(name) = found.file_name().to_str() else { continue };
        owners.extend(entry(&folder, name)?.map(|(_, uid)| uid).filter(|uid| (FIRST_ACCOUNT_UID..END_ACCOUNT_UID).contains(uid)));
    }
    Ok(owners)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: u32 = 58_790;
    const WEB: u32 = 33;

    #[test]
    fn who_may_enter_is_seen_and_said_again() {
        let folder = tempfile::tempdir().unwrap();
        let joko: Username = "joko".parse().unwrap();
        assert_eq!(look(folder.path(), &joko, WEB).unwrap(), None);
        let home = folder.path().join("joko");
        std::fs::create_dir(&home).unwrap();
        std::os::unix::fs::chown(&home, Some(UID), Some(UID)).unwrap();
        let seen = || look(folder.path(), &joko, WEB).unwrap().unwrap();
        set(folder.path(), &joko, UID, WEB, 0o750, true).unwrap();
        let made = HomeLook { uid: UID, mode: 0o750, web_enters: true };
        assert_eq!(seen(), made);
        rustix::fs::chmod(&home, Mode::from_bits_truncate(0o700)).unwrap();
        assert_eq!(seen(), HomeLook { mode: 0o700, web_enters: false, ..made }, "the mask keeps the web server out");
        set(folder.path(), &joko, UID, WEB, 0o750, true).unwrap();
        assert_eq!(seen(), made);
        set(folder.path(), &joko, UID, WEB, 0o711, false).unwrap();
        assert_eq!((seen().mode, seen().web_enters), (0o711, false));
        assert_eq!(owners(folder.path()).unwrap(), BTreeSet::from([UID]));
        assert_eq!(set(folder.path(), &joko, UID + 1, WEB, 0o750, true).unwrap_err().kind, HostErrorKind::Exists);
        std::fs::remove_dir(&home).unwrap();
        std::os::unix::fs::symlink("/root", &home).unwrap();
        assert_eq!(look(folder.path(), &joko, WEB).unwrap_err().kind, HostErrorKind::Exists, "a link is not followed");
    }
}
