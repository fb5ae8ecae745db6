//! Logging in by SSH.

use nusantara_types::{Ssh, SshFingerprint, SshKey, SshMode, Timestamp, Username};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Arguments of [`Operation::SshUpdate`](super::Operation::SshUpdate).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshUpdate {
    /// Whose.
    pub username: Username,
    /// What a login gets. `shell` gives an account without a login shell `/bin/bash`.
    pub mode: SshMode,
    /// Whether the account's password may log in too.
    pub allow_password: bool,
    /// TCP forwarding.
    pub allow_port_forwarding: bool,
    /// Agent forwarding, in the mode `shell`.
    pub allow_agent_forwarding: bool,
    /// X11 forwarding, in the mode `shell`.
    pub allow_x11_forwarding: bool,
}

/// Arguments of [`Operation::SshKeyAdd`](super::Operation::SshKeyAdd).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshKeyAdd {
    /// Whose.
    pub username: Username,
    /// The key, without options.
    pub key: SshKey,
}

/// Arguments of [`Operation::SshKeyRemove`](super::Operation::SshKeyRemove).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshKeyRemove {
    /// Whose.
    pub username: Username,
    /// Which.
    pub fingerprint: SshFingerprint,
}

/// How an account may log in, and how it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshState {
    /// `ssh.json`.
    pub ssh: Ssh,
    /// The port that sshd listens on; absent when this host has no sshd that accounts can use.
    pub port: Option<u16>,
    /// Why accounts cannot log in on this host, whatever their settings; a sentence.
    pub unavailable: Option<String>,
    /// Where the last login came from.
    pub last_login_ip: Option<IpAddr>,
    /// When that was.
    pub last_login_at: Option<Timestamp>,
}
