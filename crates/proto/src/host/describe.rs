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
    /// Whether cgroup v2 controllers are there, so that limits bind.
    pub cgroup_controllers: Vec<String>,
    /// Whether the home file system has user quotas switched on.
    pub home_quota: bool,
    /// Bytes free on the file system of the homes.
    pub home_free_bytes: u64,
}
