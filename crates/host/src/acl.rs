//! POSIX access control lists, in the form the kernel keeps them (acl(5), `linux/posix_acl_xattr.h`): a little-endian `u32`
//! version 2, then for each entry a `u16` tag, a `u16` of permissions and a `u32` id, sorted by tag and id.
//!
//! Written through a descriptor, so that no name is resolved between a check and the change.

use rustix::fs::XattrFlags;
use rustix::io::Errno;
use std::os::fd::AsFd;

/// Read.
pub const READ: u16 = 4;
/// Write.
pub const WRITE: u16 = 2;
/// Execute a file, enter a folder.
pub const EXECUTE: u16 = 1;

const ACCESS: &str = "system.posix_acl_access";
const DEFAULT: &str = "system.posix_acl_default";
const VERSION: u32 = 2;
const NO_ID: u32 = u32::MAX;

/// Whom an entry is about; the numbers are the kernel's, and its order is the order on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tag {
    Owner = 0x01,
    User = 0x02,
    OwningGroup = 0x04,
    Group = 0x08,
    Mask = 0x10,
    Other = 0x20,
}

impl Tag {
    fn from_raw(raw: u16) -> Option<Self> {
        [Self::Owner, Self::User, Self::OwningGroup, Self::Group, Self::Mask, Self::Other].into_iter().find(|t| *t as u16 == raw)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    tag: Tag,
    id: u32,
    permissions: u16,
}

/// An access control list that says the same as permission bits, plus entries for named users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl(Vec<Entry>);

impl Acl {
    /// The list that permission bits such as `0o750` stand for.
    #[must_use]
    pub fn from_mode(mode: u32) -> Self {
        let bits = |shift: u32| u16::try_from((mode >> shift) & 7).unwrap_or(0);
        let entry = |tag, permissions| Entry { tag, id: NO_ID, permissions };
        Self(vec![entry(Tag::Owner, bits(6)), entry(Tag::OwningGroup, bits(3)), entry(Tag::Other, bits(0))])
    }

    /// Grants a user at least `permissions` ([`READ`] | [`WRITE`] | [`EXECUTE`]), and widens the mask just far enough for it to
    /// hold. What the group class loses by an existing mask stays lost: a mask is only ever widened by `permissions`.
    #[must_use]
    pub fn grant_user(mut self, uid: u32, permissions: u16) -> Self {
        match self.0.iter_mut().find(|e| e.tag == Tag::User && e.id == uid) {
            Some(entry) => entry.permissions |= permissions,
            None => self.0.push(Entry { tag: Tag::User, id: uid, permissions }),
        }
        match self.0.iter_mut().find(|e| e.tag == Tag::Mask) {
            Some(mask) => mask.permissions |= permissions,
            None => {
                let group = self.0.iter().find(|e| e.tag == Tag::OwningGroup).map_or(0, |e| e.permissions);
                self.0.push(Entry { tag: Tag::Mask, id: NO_ID, permissions: group | permissions });
            }
        }
        self.0.sort_unstable();
        self
    }

    /// Takes a named user off the list. The mask stays.
    #[must_use]
    pub fn without_user(mut self, uid: u32) -> Self {
        self.0.retain(|e| e.tag != Tag::User || e.id != uid);
        self
    }

    /// Whether a named user is granted `permissions` and the mask lets them through.
    #[must_use]
    pub fn allows_user(&self, uid: u32, permissions: u16) -> bool {
        let mask = self.0.iter().find(|e| e.tag == Tag::Mask).map_or(7, |e| e.permissions);
        self.0.iter().any(|e| e.tag == Tag::User && e.id == uid && e.permissions & mask & permissions == permissions)
    }

    /// The bytes of the extended attribute.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = VERSION.to_le_bytes().to_vec();
        for entry in &self.0 {
            bytes.extend((entry.tag as u16).to_le_bytes());
            bytes.extend(entry.permissions.to_le_bytes());
            bytes.extend(entry.id.to_le_bytes());
        }
        bytes
    }

    /// Reads the bytes of the extended attribute; `None` when they are not one.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first_chunk::<4>()?;
        let entries = rest.chunks_exact(8);
        if u32::from_le_bytes(*version) != VERSION || !entries.remainder().is_empty() {
            return None;
        }
        let entry = |c: &[u8]| {
            Some(Entry {
                tag: Tag::from_raw(u16::from_le_bytes([c[0], c[1]]))?,
                permissions: u16::from_le_bytes([c[2], c[3]]) & 7,
                id: u32::from_le_bytes([c[4], c[5], c[6], c[7]]),
            })
        };
        entries.map(entry).collect::<Option<Vec<_>>>().map(Self)
    }

    /// The access list of an open file or folder; derived from its permission bits when it has none of its own.
    ///
    /// # Errors
    /// What the kernel says (`EOPNOTSUPP`: the file system has no ACLs), `EINVAL` for a list that is not understood.
    pub fn of(fd: impl AsFd) -> std::io::Result<Self> {
        let mut buffer = vec![0; 4 + 8 * 64];
        match rustix::fs::fgetxattr(&fd, ACCESS, &mut buffer[..]) {
            Ok(n) => Self::decode(&buffer[..n]).ok_or_else(|| Errno::INVAL.into()),
            Err(Errno::NODATA) => Ok(Self::from_mode(rustix::fs::fstat(&fd)?.st_mode)),
            Err(e) => Err(e.into()),
        }
    }

    /// Makes this the access list of an open file or folder; its permission bits follow.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn apply(&self, fd: impl AsFd) -> std::io::Result<()> {
        Ok(rustix::fs::fsetxattr(fd, ACCESS, &self.encode(), XattrFlags::empty())?)
    }

    /// Makes this the list that files and folders made in an open folder start with.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn apply_default(&self, fd: impl AsFd) -> std::io::Result<()> {
        Ok(rustix::fs::fsetxattr(fd, DEFAULT, &self.encode(), XattrFlags::empty())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{Mode, OFlags};
    use std::os::unix::fs::MetadataExt;

    fn open(path: &std::path::Path) -> rustix::fd::OwnedFd {
        rustix::fs::open(path, OFlags::RDONLY, Mode::empty()).unwrap()
    }

    #[test]
    fn bytes_are_those_that_setfacl_writes() {
        // setfacl -m u:33:x on a folder of mode 0750, as `getfattr -e hex -n system.posix_acl_access` shows it.
        let expected = "02000000\
                        01000700ffffffff\
                        0200010021000000\
                        04000500ffffffff\
                        10000500ffffffff\
                        20000000ffffffff";
        let hex: String = Acl::from_mode(0o750).grant_user(33, EXECUTE).encode().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, expected);
    }

    #[test]
    fn what_the_kernel_keeps_is_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let fd = open(folder.path());
        let acl = Acl::from_mode(0o750).grant_user(33, READ | EXECUTE);
        acl.apply(&fd).unwrap();
        acl.apply_default(&fd).unwrap();
        assert_eq!(Acl::of(&fd).unwrap(), acl);
        assert_eq!(std::fs::metadata(folder.path()).unwrap().mode() & 0o777, 0o750);
        // A folder without a list of its own answers with its bits, and a file made inside inherits the default.
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        assert!(Acl::of(open(&inner)).unwrap().allows_user(33, READ | EXECUTE));
    }

    #[test]
    fn granting_twice_changes_nothing_and_a_mask_is_only_widened_as_far_as_needed() {
        let once = Acl::from_mode(0o700).grant_user(33, EXECUTE);
        assert_eq!(once.clone().grant_user(33, EXECUTE), once);
        assert!(once.allows_user(33, EXECUTE) && !once.allows_user(33, READ) && !once.allows_user(34, EXECUTE));
    }

    #[test]
    fn garbage_is_not_a_list() {
        for bad in [&[][..], &[2, 0, 0], &[1, 0, 0, 0], &[2, 0, 0, 0, 1], &[2, 0, 0, 0, 3, 0, 7, 0, 0, 0, 0, 0]] {
            assert_eq!(Acl::decode(bad), None);
        }
    }
}
