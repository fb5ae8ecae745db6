//! What hostd keeps: its configuration, the spec files and their index, the journal of operations under way, the ledger of all it
//! was asked and did, and the uid counter. Everything here is durable before it is acknowledged.

pub(crate) mod certificates;
pub(crate) mod config;
pub(crate) mod failpoints;
pub(crate) mod index;
pub(crate) mod journal;
pub(crate) mod last_copies;
pub(crate) mod ledger;
pub(crate) mod logins;
pub(crate) mod overwritten;
pub(crate) mod released;
pub(crate) mod reserve;
pub(crate) mod revisions;
pub(crate) mod seals;
pub(crate) mod specs;
pub(crate) mod traffic;
pub(crate) mod uids;

use nusantara_host::{HostError, HostErrorKind};
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::{PhpVersion, Username};
use std::path::{Path, PathBuf};

/// The two folders everything lies in; tests give their own.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    /// `/etc/nusantara-panel`.
    pub(crate) etc: PathBuf,
    /// `/var/lib/nusantara-hostd`.
    pub(crate) state: PathBuf,
}

impl Folders {
    /// Where they are on a host.
    pub(crate) fn of_host() -> Self {
        Self { etc: "/etc/nusantara-panel".into(), state: "/var/lib/nusantara-hostd".into() }
    }

    pub(crate) fn users(&self) -> PathBuf {
        self.etc.join("users")
    }

    /// An account's live vhost file.
    pub(crate) fn vhost(&self, username: &Username) -> PathBuf {
        self.state.join("nginx/live/sites").join(format!("{username}.conf"))
    }

    /// FPM configuration of an account.
    pub(crate) fn php_pool(&self, version: &PhpVersion, username: &Username) -> PathBuf {
        self.state.join("php").join(version.as_str()).join(format!("{username}.conf"))
    }

    /// The folder of PHP settings of an account's single sites.
    pub(crate) fn php_ini(&self, version: &PhpVersion, username: &Username) -> PathBuf {
        self.state.join("php").join(version.as_str()).join(format!("{username}.d"))
    }

    /// The folder of the files that say who may enter protected folders of an account.
    pub(crate) fn access(&self, username: &Username) -> PathBuf {
        self.state.join("access").join(username.as_str())
    }

    /// Certificate and key that the host made for itself.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.state.join("tls/host.pem")
    }

    /// The folder of drop-ins of an account's PHP service.
    pub(crate) fn php_dropin(&self, version: &PhpVersion, username: &Username) -> PathBuf {
        Path::new("/etc/systemd/system").join(format!("nusantara-php{version}@{username}.service.d"))
    }
}

/// Turns a failure of the host into the caller's answer: what it means and what to do; the admin finds the path in the detail.
pub(crate) fn host_failed(error: &HostError) -> OperationError {
    let (code, message) = match error.kind {
        HostErrorKind::Full => (
            ErrorCode::DiskFull,
            "the disk of this host is full; nothing was left half done; make room (df -h shows where), then try again",
        ),
        HostErrorKind::Disk => (
            ErrorCode::DiskError,
            "the disk of this host reports errors; nothing was left half done; look at the kernel's messages and at the disk before you try again",
        ),
        HostErrorKind::Quota => (
            ErrorCode::LimitReached,
            "the account owns all the disk space that it may; nothing was left half done; remove files, or allow more",
        ),
        HostErrorKind::Io
        | HostErrorKind::Tool
        | HostErrorKind::Timeout
        | HostErrorKind::Exists
        | HostErrorKind::NotFound
        | HostErrorKind::Refused => (ErrorCode::HostFailed, "the host could not carry this out; nothing was left half done"),
    };
    OperationError::new(code, message).detail(error.to_string())
}

/// Names of the entries of a folder that is root's own, sorted; none when it is not there.
pub(crate) fn entries(folder: &Path) -> std::io::Result<Vec<String>> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut names = Vec::new();
    for entry in listing {
        // Temporary files of an interrupted replacement start with a dot and are nobody's.
        if let Ok(name) = entry?.file_name().into_string()
            && !name.starts_with('.')
        {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}
