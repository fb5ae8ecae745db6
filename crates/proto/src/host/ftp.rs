//! Logins for FTP over TLS.

use nusantara_types::sites::VisitorHash;
use nusantara_types::{DocRoot, FtpAccount, FtpName, Username};
use serde::{Deserialize, Serialize};

/// Arguments of [`Operation::FtpAdd`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FtpAdd {
    /// Whose.
    pub username: Username,
    /// The new login.
    pub login: FtpAccount,
}

/// Arguments of [`Operation::FtpUpdate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FtpUpdate {
    /// Whose.
    pub username: Username,
    /// Which.
    pub name: FtpName,
    /// The folder it shall see.
    pub folder: DocRoot,
    /// Hash of its new password; the one it has when absent.
    pub hash: Option<VisitorHash>,
    /// Whether it shall be let in.
    pub enabled: bool,
}
