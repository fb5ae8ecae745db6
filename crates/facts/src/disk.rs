//! File systems: how full they are, whether they keep quotas.

use crate::{FactsError, Result};
use procfs::process::{MountInfo, Process};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How full a file system is (statvfs(3)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Bytes it holds in all.
    pub total_bytes: u64,
    /// Bytes that are used.
    pub used_bytes: u64,
    /// Bytes that others than root may still use: less than `total - used` by what is reserved for root.
    pub free_bytes: u64,
    /// Files it can hold in all; 0 where the file system has no such limit.
    pub total_inodes: u64,
    /// Files that can still be made.
    pub free_inodes: u64,
}

/// A mounted file system that keeps data on a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileSystem {
    /// Where it is mounted.
    pub mount_point: String,
    /// Its kind, such as `ext4`.
    pub kind: String,
    /// How full it is.
    #[serde(flatten)]
    pub usage: Usage,
}

/// Kinds that hold nobody's data on a disk of this host, or may not answer.
const NOT_A_DISK: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "fuse.lxcfs",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nfs",
    "nfs4",
    "cifs",
    "nsfs",
    "proc",
    "pstore",
    "ramfs",
    "rpc_pipefs",
    "securityfs",
    "squashfs",
    "sysfs",
    "tmpfs",
    "tracefs",
];

/// How full the file system of `path` is.
///
/// # Errors
/// When the path is not there.
pub fn usage(path: &Path) -> Result<Usage> {
    let stat = rustix::fs::statvfs(path).map_err(|e| FactsError::new(path, e))?;
    Ok(Usage {
        total_bytes: stat.f_blocks * stat.f_frsize,
        used_bytes: (stat.f_blocks - stat.f_bfree) * stat.f_frsize,
        free_bytes: stat.f_bavail * stat.f_frsize,
        total_inodes: stat.f_files,
        free_inodes: stat.f_favail,
    })
}

/// The file systems on disks of this host, each once, in the order of their mount points.
///
/// # Errors
/// When `/proc/self/mountinfo` cannot be read.
pub fn file_systems() -> Result<Vec<FileSystem>> {
    let mut found: Vec<FileSystem> = Vec::new();
    let mut devices = Vec::new();
    let mut mounts = mounts()?;
    mounts.sort_by(|a, b| a.mount_point.cmp(&b.mount_point));
    for mount in mounts {
        // The same device mounted again (a bind mount, a container's view) is not another disk.
        if NOT_A_DISK.contains(&mount.fs_type.as_str()) || devices.contains(&mount.majmin) {
            continue;
        }
        // A mount point may be out of our reach or covered by another mount.
        let Ok(usage) = usage(&mount.mount_point) else { continue };
        if usage.total_bytes > 0 {
            devices.push(mount.majmin);
            found.push(FileSystem { mount_point: mount.mount_point.display().to_string(), kind: mount.fs_type, usage });
        }
    }
    Ok(found)
}

/// The device of the file system of `path`, when that is mounted with quotas for users. `None` also when that cannot be seen.
#[must_use]
pub fn user_quota_device(path: &Path) -> Option<PathBuf> {
    let mounts = mounts().ok()?;
    let mount = mount_of(&mounts, path).filter(|mount| keeps_user_quota(mount))?;
    // The name a mount was made with may be gone (`/dev/root`); this one follows from the device itself.
    Some(Path::new("/dev/block").join(&mount.majmin))
}

/// The kind of the file system of `path`, such as `ext4`.
#[must_use]
pub fn kind(path: &Path) -> Option<String> {
    mount_of(&mounts().ok()?, path).map(|mount| mount.fs_type.clone())
}

/// The mount that covers `path`: of the deepest mount points above it the last, which hides those before.
fn mount_of<'a>(mounts: &'a [MountInfo], path: &Path) -> Option<&'a MountInfo> {
    mounts.iter().filter(|m| path.starts_with(&m.mount_point)).max_by_key(|m| m.mount_point.components().count())
}

/// ext4 shows `usrquota` or `usrjquota=…`, xfs `usrquota` or `uquota`.
fn keeps_user_quota(mount: &MountInfo) -> bool {
    ["usrquota", "usrjquota", "uquota"].iter().any(|option| mount.super_options.contains_key(*option))
}

fn mounts() -> Result<Vec<MountInfo>> {
    let mounts = Process::myself().and_then(|me| me.mountinfo()).map_err(|e| FactsError::new("/proc/self/mountinfo", e))?;
    Ok(mounts.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_has_room_and_is_listed_once() {
        let root = usage(Path::new("/")).unwrap();
        assert!(root.total_bytes >= root.used_bytes + root.free_bytes && root.free_bytes > 0);
        let all = file_systems().unwrap();
        assert_eq!(all.iter().filter(|f| f.mount_point == "/").count(), 1);
        assert!(usage(Path::new("/nonexistent")).is_err());
    }

    #[test]
    fn the_deepest_mount_decides_about_quotas() {
        let lines = [
            "1 1 8:1 / / rw - ext4 /dev/sda1 rw,quota,usrquota",
            "2 1 8:2 / /home rw - ext4 /dev/sda2 rw",
            "3 1 8:3 / /home/big rw - xfs /dev/sda3 rw,uquota",
            "4 1 8:4 / /homework rw - ext4 /dev/sda4 rw,usrjquota=aquota.user",
        ];
        let mounts: Vec<MountInfo> = lines.iter().map(|l| MountInfo::from_line(l).unwrap()).collect();
        let quota = |path| mount_of(&mounts, Path::new(path)).is_some_and(keeps_user_quota);
        assert!(quota("/srv") && quota("/home/big/x") && quota("/homework"));
        assert!(!quota("/home") && !quota("/home/joko"));
    }
}
