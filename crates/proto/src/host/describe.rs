//! What a host is.

use nusantara_types::PhpVersion;
use serde::{Deserialize, Serialize};

/// A host as its daemon sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostDescription {
    /// The daemon's version.
    pub hostd_version: String,
    /// The host's name.
    pub hostname: String,
    /// `ID` of os-release, such as `debian`.
    pub os_id: String,
    /// `VERSION_ID` of os-release, such as `12`.
    pub os_version: String,
    /// `PRETTY_NAME` of os-release.
    pub os_name: String,
    /// systemd's version number.
    pub systemd: Option<u32>,
    /// nginx's version, such as `1.22.1`.
    pub nginx: Option<String>,
    /// PHP branches with FPM installed, ascending.
    pub php: Vec<PhpVersion>,
    /// Whether the FTP server (pure-ftpd) is installed, so that accounts may have FTP logins.
    pub ftp: bool,
    /// Whether MariaDB is installed, so that accounts may have databases.
    pub mariadb: bool,
    /// Whether cgroup v2 controllers are there, so that limits bind.
    pub cgroup_controllers: Vec<String>,
    /// Kind of the file system of the homes, such as `ext4`.
    pub home_file_system: Option<String>,
    /// Whether it has user quotas switched on.
    pub home_quota: bool,
    /// Bytes free on the file system of the homes.
    pub home_free_bytes: u64,
    /// Whether accounts are kept from each other's ports and from the panel's.
    pub port_guard: bool,
    /// Whether systemd can keep an account's programs from listening on ports that are not theirs; absent when it was not seen yet.
    pub bind_guard: Option<bool>,
}
