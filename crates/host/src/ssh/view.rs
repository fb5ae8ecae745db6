//! What a login sees of the host: a tree of its own, made in a mount namespace that pam_namespace(8) has just split off for this
//! login, and into which sshd then locks the login with chroot(2).
//!
//! Nothing of it is on a disk and nobody else sees it: when the login's last process ends it is gone. Only what is put into it is
//! there. Of a home only the folder itself is named, never anything below it. No program in it gains a right by being started: all
//! of it is `nosuid`. Out of a chroot(2) the kernel lets nobody make user namespaces.

use crate::Result;
use crate::error::Explain;
use nusantara_types::Username;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::mount::{MountFlags, mount, mount_bind, mount_remount};
use std::path::{Path, PathBuf};

/// What a view holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The home, and names for its owners.
    Files,
    /// The home, and the system, read-only.
    System,
}

/// Folders of `/etc` in which other accounts are named, or which are the panel's own.
const HIDDEN: [&str; 4] = ["nusantara-panel", "nginx", "systemd", "tmpfiles.d"];
/// Devices that every program may expect.
const DEVICES: [&str; 7] = ["null", "zero", "full", "random", "urandom", "tty", "ptmx"];
/// Folders of sockets on which other servers of the host wait for whoever has a password.
const SOCKETS: [&str; 3] = ["mysqld", "postgresql", "systemd/resolve"];
/// Links or folders beside `/usr`.
const BESIDE_USR: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

const READ_ONLY: MountFlags = MountFlags::RDONLY.union(MountFlags::NOSUID).union(MountFlags::NODEV);
const WRITABLE: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);

/// Makes the view of an account below `views`, where an empty tmpfs of this namespace is mounted. Makes that read-only at the end.
///
/// # Errors
/// What the kernel says; the login must not go on then.
pub fn build(views: &Path, username: &Username, uid: u32, view: View) -> Result<()> {
    crate::users::in_range(uid, &format!("make the view of {username}"))?;
    let maker = Maker { root: views.join(username.as_str()) };
    maker.make(views, username, uid, view).explain(|| format!("make the view of a login of {username}"))
}

struct Maker {
    root: PathBuf,
}

impl Maker {
    fn make(&self, views: &Path, username: &Username, uid: u32, view: View) -> std::io::Result<()> {
        self.folder("")?;
        self.folder("home")?;
        let home = format!("home/{username}");
        self.bind_folder(Path::new("/").join(&home), &home, WRITABLE)?;
        // In a file of the tmpfs, outside of what the login sees; inside it is mounted over the real one.
        for file in ["passwd", "group"] {
            let text = known_to(&std::fs::read_to_string(Path::new("/etc").join(file))?, uid);
            self.file(&views.join(file), text.as_bytes())?;
        }
        self.folder("etc")?;
        if view == View::System {
            self.system(username)?;
        }
        for file in ["passwd", "group"] {
            self.bind_file(&views.join(file), &format!("etc/{file}"), view == View::Files)?;
        }
        mount_remount(views, READ_ONLY, "")?;
        Ok(())
    }

    fn system(&self, username: &Username) -> std::io::Result<()> {
        self.bind_folder("/usr", "usr", READ_ONLY)?;
        for name in BESIDE_USR {
            let host = Path::new("/").join(name);
            match std::fs::read_link(&host) {
                Ok(target) => self.link(&target.to_string_lossy(), name)?,
                Err(_) if host.is_dir() => self.bind_folder(host, name, READ_ONLY)?,
                Err(_) => {}
            }
        }
        self.bind_folder("/etc", "etc", READ_ONLY)?;
        for name in HIDDEN {
            let place = self.root.join("etc").join(name);
            if place.is_dir() {
                mount("tmpfs", &place, "tmpfs", READ_ONLY, Some(c"mode=0,size=4k"))?;
            }
        }
        self.devices()?;
        self.folder("proc")?;
        // Of the processes only the account's own are there.
        mount("proc", self.root.join("proc"), "proc", MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC, Some(c"hidepid=2"))?;
        // Shared by all logins of the account, and counted as its own.
        self.link(&format!("home/{username}/tmp"), "tmp")?;
        self.folder("var")?;
        self.link(&format!("../home/{username}/tmp"), "var/tmp")?;
        self.folder("run")?;
        let apps = format!("nusantara-app/{username}");
        for name in SOCKETS.into_iter().chain([apps.as_str()]) {
            let host = Path::new("/run").join(name);
            if host.is_dir() {
                if let Some((parent, _)) = name.split_once('/') {
                    self.folder(&format!("run/{parent}"))?;
                }
                self.bind_folder(host, &format!("run/{name}"), WRITABLE)?;
            }
        }
        Ok(())
    }

    fn devices(&self) -> std::io::Result<()> {
        self.folder("dev")?;
        for name in DEVICES {
            let host = Path::new("/dev").join(name);
            if name == "ptmx" && std::fs::read_link(&host).is_ok() {
                self.link("pts/ptmx", "dev/ptmx")?;
            } else if host.exists() {
                self.file(&self.root.join("dev").join(name), b"")?;
                mount_bind(&host, self.root.join("dev").join(name))?;
            }
        }
        self.folder("dev/pts")?;
        mount_bind("/dev/pts", self.root.join("dev/pts"))?;
        self.folder("dev/shm")?;
        mount("tmpfs", self.root.join("dev/shm"), "tmpfs", WRITABLE, Some(c"mode=1777,size=64m"))?;
        for (target, name) in [("/proc/self/fd", "fd"), ("fd/0", "stdin"), ("fd/1", "stdout"), ("fd/2", "stderr")] {
            self.link(target, &format!("dev/{name}"))?;
        }
        Ok(())
    }

    fn folder(&self, path: &str) -> std::io::Result<()> {
        let path = self.root.join(path);
        match crate::disk::mkdir(CWD, &path, Mode::from_bits_truncate(0o755)) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(e) => return Err(e.into()),
        }
        // Whatever the umask of sshd is.
        Ok(rustix::fs::chmod(&path, Mode::from_bits_truncate(0o755))?)
    }

    fn file(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::from_bits_truncate(0o644))?;
        rustix::fs::fchmod(&fd, Mode::from_bits_truncate(0o644))?;
        crate::disk::write_all(&fd, bytes)
    }

    fn link(&self, target: &str, path: &str) -> std::io::Result<()> {
        Ok(rustix::fs::symlink(target, self.root.join(path))?)
    }

    /// What is mounted below the folder stays behind.
    fn bind_folder(&self, from: impl AsRef<Path>, to: &str, flags: MountFlags) -> std::io::Result<()> {
        let place = self.root.join(to);
        self.folder(to)?;
        mount_bind(from.as_ref(), &place)?;
        Ok(mount_remount(&place, MountFlags::BIND | flags, "")?)
    }

    fn bind_file(&self, from: &Path, to: &str, make: bool) -> std::io::Result<()> {
        let place = self.root.join(to);
        if make {
            self.file(&place, b"")?;
        }
        mount_bind(from, &place)?;
        Ok(mount_remount(&place, MountFlags::BIND | READ_ONLY, "")?)
    }
}

/// The lines of passwd(5) or group(5) without other accounts, and without the members of groups.
fn known_to(text: &str, uid: u32) -> String {
    let accounts = nusantara_types::FIRST_ACCOUNT_UID..nusantara_types::END_ACCOUNT_UID;
    let line = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let id: u32 = fields.get(2)?.parse().ok()?;
        let known = id == uid || !accounts.contains(&id);
        let without_members = || fields[..3].join(":") + ":";
        known.then(|| if fields.len() == 4 { without_members() } else { line.to_owned() } + "\n")
    };
    text.lines().filter_map(line).collect()
}

/// Whether the process that asks is in the slice of that uid, so that the account's limits bind it.
///
/// # Errors
/// [`crate::HostError`] when the kernel does not say.
pub fn is_in_slice(uid: u32) -> Result<bool> {
    const PATH: &str = "/proc/self/cgroup";
    let text = std::fs::read_to_string(PATH).explain(|| format!("read {PATH}"))?;
    Ok(names_slice(&text, uid))
}

fn names_slice(cgroups: &str, uid: u32) -> bool {
    let slice = format!("user-{uid}.slice");
    // The unified hierarchy, or the one that systemd keeps beside those of version 1.
    let systemds = |line: &&str| line.starts_with("0::") || line.contains(":name=systemd:");
    cgroups.lines().filter(systemds).any(|line| line.split('/').any(|part| part == slice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_accounts_are_not_known() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\njoko:x:12000:12000::/home/joko:/bin/bash\nsari:x:12001:12001::/home/sari:/bin/sh\n+\n";
        assert_eq!(known_to(passwd, 12_000), "root:x:0:0:root:/root:/bin/bash\njoko:x:12000:12000::/home/joko:/bin/bash\n");
        let group = "nusantara-ssh:x:990:joko,sari\njoko:x:12000:\nsari:x:12001:\n";
        assert_eq!(known_to(group, 12_000), "nusantara-ssh:x:990:\njoko:x:12000:\n");
    }

    #[test]
    fn a_slice_is_known_by_its_whole_name() {
        assert!(names_slice("0::/user.slice/user-12000.slice/session-3.scope\n", 12_000));
        assert!(names_slice("4:memory:/\n1:name=systemd:/user.slice/user-12000.slice/session-3.scope\n", 12_000));
        assert!(!names_slice("0::/user.slice/user-120001.slice/session-3.scope\n", 12_000));
        assert!(!names_slice("0::/system.slice/ssh.service\n4:memory:/user-12000.slice\n", 12_000));
    }

    #[test]
    fn no_view_is_made_for_a_system_user() {
        let error = build(Path::new("/nowhere"), &"joko".parse().unwrap(), 0, View::Files).unwrap_err();
        assert_eq!(error.kind, crate::HostErrorKind::Refused);
    }
}
