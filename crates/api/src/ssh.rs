//! Logging in to accounts by SSH.

use chrono::{DateTime, Utc};
use nusantara_types as spec;
use nusantara_types::SshKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a login gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SshMode {
    /// Files by SFTP and scp, nothing but the own home to be seen.
    SftpChroot,
    /// A shell that sees the own home, and the system read-only.
    Shell,
    /// None: nobody gets in.
    Disabled,
}

impl From<spec::SshMode> for SshMode {
    fn from(mode: spec::SshMode) -> Self {
        match mode {
            spec::SshMode::SftpChroot => Self::SftpChroot,
            spec::SshMode::Shell => Self::Shell,
            spec::SshMode::Disabled => Self::Disabled,
        }
    }
}

impl From<SshMode> for spec::SshMode {
    fn from(mode: SshMode) -> Self {
        match mode {
            SshMode::SftpChroot => Self::SftpChroot,
            SshMode::Shell => Self::Shell,
            SshMode::Disabled => Self::Disabled,
        }
    }
}

/// `GET /api/v1/accounts/{username}/ssh`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AccountSsh {
    /// What a login gets.
    pub mode: SshMode,
    /// Whether the account's password may log in too.
    pub allow_password: bool,
    /// TCP forwarding.
    pub allow_port_forwarding: bool,
    /// Agent forwarding.
    pub allow_agent_forwarding: bool,
    /// X11 forwarding.
    pub allow_x11_forwarding: bool,
    /// Keys that may log in.
    pub keys: Vec<SshKeyView>,
    /// The port that the host listens on; null when nobody can log in there.
    pub port: Option<u16>,
    /// Why accounts cannot log in on this host, whatever their settings; a sentence.
    pub unavailable: Option<String>,
    /// Where the last login came from.
    pub last_login_ip: Option<String>,
    /// When that was.
    pub last_login_at: Option<DateTime<Utc>>,
}

/// A key that may log in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SshKeyView {
    /// As `ssh-keygen -l` shows it: `SHA256:` and 43 characters of base64.
    pub fingerprint: String,
    /// Its type, such as `ssh-ed25519`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Length of an RSA key, in bits.
    pub bits: Option<u32>,
    /// What its owner calls it.
    pub comment: String,
}

impl From<&SshKey> for SshKeyView {
    fn from(key: &SshKey) -> Self {
        Self {
            fingerprint: key.fingerprint().to_string(),
            kind: key.kind().name().to_owned(),
            bits: key.bits().and_then(|bits| u32::try_from(bits).ok()),
            comment: key.comment().to_owned(),
        }
    }
}

/// `PUT /api/v1/accounts/{username}/ssh`: all settings as they shall be. Keys have routes of their own.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSsh {
    /// What a login gets.
    pub mode: SshMode,
    /// Whether the account's password may log in too; keys are safer.
    #[serde(default)]
    pub allow_password: bool,
    /// TCP forwarding.
    #[serde(default)]
    pub allow_port_forwarding: bool,
    /// Agent forwarding; with the mode `shell` only.
    #[serde(default)]
    pub allow_agent_forwarding: bool,
    /// X11 forwarding; with the mode `shell` only.
    #[serde(default)]
    pub allow_x11_forwarding: bool,
}

/// `POST /api/v1/accounts/{username}/ssh/keys`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddSshKey {
    /// The public key: one line, `<type> <base64> [comment]`, without options.
    #[schema(value_type = String, example = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop")]
    pub key: SshKey,
}
