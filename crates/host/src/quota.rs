//! Quotas of the file system: how much a uid may own, and owns (quotactl(2), the generic commands, which ext4 and xfs both answer).

use crate::blocking;
use crate::{HostError, HostErrorKind, Result};
use nix::errno::Errno;
use nix::sys::quota::{Dqblk, QuotaType, QuotaValidFlags, quotactl_get, quotactl_set};
use nusantara_types::{END_ACCOUNT_UID, FIRST_ACCOUNT_UID};
use std::path::PathBuf;

/// What a uid may own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// KiB.
    pub kib: u64,
    /// Files and folders.
    pub files: u64,
}

/// What a uid may own, and owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// What is set, when anything is.
    pub limits: Option<Limits>,
    /// Bytes it owns.
    pub bytes: u64,
    /// Files and folders it owns.
    pub files: u64,
}

/// What is set for a uid, and what it owns. `None` where the file system of `device` keeps no quotas now.
///
/// # Errors
/// [`HostErrorKind::Refused`] for a uid that is no account's, else what the kernel says.
pub async fn get(device: PathBuf, uid: u32) -> Result<Option<Quota>> {
    let id = id(uid)?;
    blocking::run(move || match quotactl_get(QuotaType::USRQUOTA, &device, id) {
        Ok(seen) => {
            let kib = seen.blocks_hard_limit().unwrap_or(0);
            let files = seen.inodes_hard_limit().unwrap_or(0);
            Ok(Some(Quota {
                limits: (kib > 0 || files > 0).then_some(Limits { kib, files }),
                bytes: seen.occupied_space().unwrap_or(0),
                files: seen.allocated_inodes().unwrap_or(0),
            }))
        }
        // xfs says so of a uid that owns nothing and may own anything.
        Err(Errno::ENOENT) if rustix::fs::stat(&device).is_ok() => Ok(Some(Quota { limits: None, bytes: 0, files: 0 })),
        // ESRCH: quotas are off. The others: no such file system, or one of a kind that has none.
        Err(Errno::ESRCH | Errno::ENOENT | Errno::ENODEV | Errno::ENOTBLK | Errno::ENOSYS | Errno::EOPNOTSUPP) => Ok(None),
        Err(e) => Err(failed("read", uid, e)),
    })
    .await
}

/// Sets what a uid may own; there is no softer limit below it.
///
/// # Errors
/// As [`get`]; [`HostErrorKind::Refused`] for a limit of 0, which the file system takes for none.
pub async fn set(device: PathBuf, uid: u32, limits: Limits) -> Result<()> {
    if limits.kib == 0 || limits.files == 0 {
        return Err(HostError::refused("set a disk quota", "the file system takes 0 for without end"));
    }
    write(device, uid, limits).await
}

/// Forgets what a uid may own.
///
/// # Errors
/// As [`get`].
pub async fn clear(device: PathBuf, uid: u32) -> Result<()> {
    write(device, uid, Limits { kib: 0, files: 0 }).await
}

async fn write(device: PathBuf, uid: u32, limits: Limits) -> Result<()> {
    let id = id(uid)?;
    blocking::run(move || {
        let mut wanted = Dqblk::default();
        wanted.set_blocks_hard_limit(limits.kib);
        wanted.set_blocks_soft_limit(limits.kib);
        wanted.set_inodes_hard_limit(limits.files);
        wanted.set_inodes_soft_limit(limits.files);
        quotactl_set(QuotaType::USRQUOTA, &device, id, &wanted, QuotaValidFlags::QIF_LIMITS).map_err(|e| failed("set", uid, e))
    })
    .await
}

fn id(uid: u32) -> Result<i32> {
    let accounts = FIRST_ACCOUNT_UID..END_ACCOUNT_UID;
    i32::try_from(uid)
        .ok()
        .filter(|_| accounts.contains(&uid))
        .ok_or_else(|| HostError::refused("look at a disk quota", format!("the uid {uid} is not one of a hosting account")))
}

fn failed(verb: &str, uid: u32, error: Errno) -> HostError {
    HostError::new(HostErrorKind::Io, format!("{verb} the disk quota of uid {uid}")).detail(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_accounts_have_quotas_and_none_is_never_without_end() {
        let device = || PathBuf::from("/dev/block/0:0");
        assert_eq!(get(device(), 0).await.unwrap_err().kind, HostErrorKind::Refused);
        assert_eq!(set(device(), 12_000, Limits { kib: 0, files: 1 }).await.unwrap_err().kind, HostErrorKind::Refused);
        assert_eq!(get(device(), 12_000).await, Ok(None), "no such file system");
    }
}
