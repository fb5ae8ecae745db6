//! Root file systems: built once by mmdebstrap, kept under one folder, keyed by everything that went into them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    str::FromStr,
    time::Instant,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    command::{check, code, command, words},
    error::{During, Error, Result},
    paths::{Lock, cache_dir},
};

/// Part of every key: raise it when the way an image is made changes.
const RECIPE: u32 = 3;

/// What a host needs so that the panel's package installs without a network, and tests can look around.
const PACKAGES: &[&str] = &[
    "systemd",
    "systemd-sysv",
    "dbus",
    "iproute2",
    "ca-certificates",
    "nginx",
    "cron",
    "procps",
    "openssh-server",
    // Sessions land in the accounts' slices by it.
    "libpam-systemd",
    "rsync",
    "acl",
    "curl",
    "sudo",
    "nodejs",
    "python3-minimal",
    "logrotate",
    "nftables",
    "pure-ftpd",
    // A DNS server to have records in.
    "dnsmasq-base",
];

/// What a host has that also keeps databases.
const DATABASES: &[&str] = &["postgresql", "mariadb-server"];

/// What a host has that also issues certificates.
const AUTHORITY: &[&str] = &["pebble"];

/// What a machine with its own kernel needs on top.
const VM_PACKAGES: &[&str] = &["udev", "linux-image-cloud-amd64", "initramfs-tools", "quota", "xfsprogs"];

/// How a host is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// systemd-nspawn: up in about a second; cgroup limits and disk quotas are accepted but not enforced.
    #[default]
    Container,
    /// QEMU without KVM: up in about 20 s; everything is real.
    Vm,
}

/// A Debian release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suite {
    /// Debian 12, PHP 8.2.
    #[default]
    Bookworm,
    /// Debian 13, PHP 8.4.
    Trixie,
}

impl Kind {
    /// The word used on the command line and in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Vm => "vm",
        }
    }
}

impl Suite {
    /// Debian's own name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
        }
    }

    /// The PHP version this release ships.
    pub fn php(self) -> &'static str {
        match self {
            Self::Bookworm => "8.2",
            Self::Trixie => "8.4",
        }
    }
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "container" => Ok(Self::Container),
            "vm" => Ok(Self::Vm),
            _ => Err(format!("{word:?} is neither container nor vm")),
        }
    }
}

impl FromStr for Suite {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "bookworm" => Ok(Self::Bookworm),
            "trixie" => Ok(Self::Trixie),
            _ => Err(format!("{word:?} is neither bookworm nor trixie")),
        }
    }
}

/// Lines of a file inside the image. Written by mmdebstrap's hooks, so they run inside the finished tree.
struct Addition {
    path: &'static str,
    text: &'static str,
}

const COMMON_FILES: &[Addition] = &[
    // Without a network every look-up would wait for its timeout: a closed port answers at once.
    Addition { path: "etc/resolv.conf", text: "nameserver 127.0.0.1\n" },
    Addition { path: "etc/hosts", text: "127.0.0.1 localhost\n::1 localhost ip6-localhost\n" },
    // The journal must not drop the lines of a busy test.
    Addition { path: "etc/systemd/journald.conf.d/testhost.conf", text: "[Journal]\nRateLimitIntervalSec=0\n" },
];

const VM_FILES: &[Addition] = &[
    Addition { path: "etc/initramfs-tools/conf.d/testhost", text: "MODULES=most\nCOMPRESS=zstd\nCOMPRESSLEVEL=1\n" },
    Addition { path: "etc/fstab", text: "/dev/vda / ext4 rw,usrquota,prjquota 0 1\n" },
    Addition { path: "etc/systemd/system/testhost-network.service", text: include_str!("image/testhost-network.service") },
    Addition { path: "usr/local/sbin/testhost-network", text: include_str!("image/testhost-network") },
];

const COMMON_HOOKS: &[&str] = &[
    // mmdebstrap copies the builder's name; without one a host takes the name it is booted with.
    "rm -f \"$1/etc/hostname\"",
];

const VM_HOOKS: &[&str] = &[
    "printf 'quota_v2\\nquota_tree\\n' >> \"$1/etc/initramfs-tools/modules\"",
    "chmod 0755 \"$1/usr/local/sbin/testhost-network\"",
    "chroot \"$1\" systemctl enable testhost-network.service",
    // TCG is slow: what no test looks at is not started.
    "chroot \"$1\" systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer dpkg-db-backup.timer",
    "chroot \"$1\" update-initramfs -u",
];

/// A finished image.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    folder: PathBuf,
}

impl Image {
    /// The tree that containers boot from.
    pub(crate) fn rootfs(&self) -> PathBuf {
        self.folder.join("rootfs")
    }
    /// The raw disk that virtual machines layer their own changes over.
    pub(crate) fn disk(&self) -> PathBuf {
        self.folder.join("disk.img")
    }
    /// The guest's kernel.
    pub(crate) fn kernel(&self) -> PathBuf {
        self.folder.join("vmlinuz")
    }
    /// The guest's initial file system.
    pub(crate) fn initrd(&self) -> PathBuf {
        self.folder.join("initrd.img")
    }
    /// The private key that root of a virtual machine accepts.
    pub(crate) fn key(&self) -> PathBuf {
        self.folder.join("id_ed25519")
    }

    /// The image for a kind and suite, built now if nobody built it before. Builders wait for each other.
    pub(crate) fn get(kind: Kind, suite: Suite, databases: bool, authority: bool) -> Result<Self> {
        let mut packages = packages(kind, suite);
        if databases {
            packages.extend(DATABASES.iter().map(ToString::to_string));
        }
        if authority {
            packages.extend(AUTHORITY.iter().map(ToString::to_string));
        }
        let cache = cache_dir();
        let folder = cache.join(format!("{}-{}-{}", suite.as_str(), kind.as_str(), key(kind, &packages)));
        let image = Self { folder: folder.clone() };
        if folder.is_dir() {
            return Ok(image);
        }
        let _lock = Lock::take(&cache.join(format!("{}-{}.lock", suite.as_str(), kind.as_str())))?;
        if folder.is_dir() {
            return Ok(image);
        }
        let began = Instant::now();
        eprintln!("building the {} image for {} (once) ...", kind.as_str(), suite.as_str());
        let unfinished = Unfinished(folder.with_extension("unfinished"));
        unfinished.clear()?;
        fs::create_dir_all(&unfinished.0).during(|| format!("create {}", unfinished.0.display()))?;
        build(&unfinished.0, kind, suite, &packages)?;
        fs::rename(&unfinished.0, &folder).during(|| format!("create {}", folder.display()))?;
        eprintln!("built it in {} s", began.elapsed().as_secs());
        Ok(image)
    }
}

/// Removes a half-built image, also when building fails or is interrupted.
struct Unfinished(PathBuf);

impl Unfinished {
    fn clear(&self) -> Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).during(|| format!("remove {}", self.0.display())),
            _ => Ok(()),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.clear().ok();
    }
}

fn packages(kind: Kind, suite: Suite) -> Vec<String> {
    let mut all: Vec<String> = PACKAGES.iter().map(ToString::to_string).collect();
    all.push(format!("php{}-fpm", suite.php()));
    if kind == Kind::Vm {
        all.extend(VM_PACKAGES.iter().map(ToString::to_string));
    }
    all
}

fn files(kind: Kind) -> impl Iterator<Item = &'static Addition> {
    let vm = if kind == Kind::Vm { VM_FILES } else { &[] };
    COMMON_FILES.iter().chain(vm)
}

fn key(kind: Kind, packages: &[String]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{RECIPE} {} {packages:?} {COMMON_HOOKS:?} {VM_HOOKS:?}", kind.as_str()));
    for file in files(kind) {
        hash.update(file.path);
        hash.update(file.text);
    }
    hex::encode(&hash.finalize()[..6])
}

fn build(folder: &Path, kind: Kind, suite: Suite, packages: &[String]) -> Result<()> {
    let rootfs = folder.join("rootfs");
    let additions = folder.join("additions");
    for file in files(kind) {
        let path = additions.join(file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).during(|| format!("create {}", parent.display()))?;
        }
        fs::write(&path, file.text).during(|| format!("write {}", path.display()))?;
    }
    let mut bootstrap = command(["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase"]);
    bootstrap.arg(format!("--include={}", packages.join(",")));
    bootstrap.arg(format!("--customize-hook=cp -rT {} \"$1\"", additions.display()));
    bootstrap.args(COMMON_HOOKS.iter().map(|hook| format!("--customize-hook={hook}")));
    if kind == Kind::Vm {
        let key = folder.join("id_ed25519");
        check(command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "testhost", "-f"]).with(&key))?;
        bootstrap.arg(format!(
            "--customize-hook=mkdir -p -m 0700 \"$1/root/.ssh\" && cp {}.pub \"$1/root/.ssh/authorized_keys\"",
            key.display()
        ));
        for hook in VM_HOOKS {
            bootstrap.arg(format!("--customize-hook={hook}"));
        }
    }
    bootstrap.arg(suite.as_str()).arg(&rootfs);
    bootstrap.args(env::var_os("NUSANTARA_DEBIAN_MIRROR"));
    logged(bootstrap, &folder.join("build.log"))?;
    fs::remove_dir_all(&additions).during(|| format!("remove {}", additions.display()))?;
    if kind == Kind::Vm { disk(folder, &rootfs) } else { Ok(()) }
}

/// The file system of a machine: with quotas, 6 GiB of which only the used part exists.
fn disk(folder: &Path, rootfs: &Path) -> Result<()> {
    let boot = rootfs.join("boot");
    for (prefix, name) in [("vmlinuz-", "vmlinuz"), ("initrd.img-", "initrd.img")] {
        let found = fs::read_dir(&boot)
            .during(|| format!("read {}", boot.display()))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(prefix)));
        let from = found.ok_or_else(|| Error::Unsupported(format!("the image has no {prefix}*")))?;
        fs::copy(&from, folder.join(name)).during(|| format!("copy {}", from.display()))?;
    }
    let mkfs = ["mkfs.ext4", "-q", "-O", "quota", "-E", "quotatype=usrquota:prjquota", "-d"];
    check(command(mkfs).with(rootfs).with(&folder.join("disk.img")).with(Path::new("6G")))?;
    fs::remove_dir_all(rootfs).during(|| format!("remove {}", rootfs.display()))
}

/// Runs a long command with its output in a file, which is shown when it fails.
fn logged(mut command: Command, log: &Path) -> Result<()> {
    let file = fs::File::create(log).during(|| format!("create {}", log.display()))?;
    let twin = file.try_clone().during(|| format!("open {}", log.display()))?;
    let status = command.stdout(Stdio::from(file)).stderr(Stdio::from(twin)).status().during(|| format!("start {}", words(&command)))?;
    if status.success() {
        return Ok(());
    }
    let output = fs::read_to_string(log).unwrap_or_default();
    Err(Error::Command { command: words(&command), status: code(status), output })
}

/// Adds one word and passes the command on.
pub(crate) trait With {
    fn with(self, word: &Path) -> Self;
}

impl With for Command {
    fn with(mut self, word: &Path) -> Self {
        self.arg(word);
        self
    }
}
