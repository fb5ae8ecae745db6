//! Log folders of sites: `/var/log/nusantara-panel/sites/<username>/`, root-owned, never below a home (SECURITY R9).

mod read;

pub use read::{Line, Lines, Position};

use crate::Result;
use crate::replace::{self, Access};
use nusantara_types::Username;
use std::path::PathBuf;

/// The folder that holds one folder per account.
#[derive(Debug, Clone)]
pub struct SiteLogs(PathBuf);

impl SiteLogs {
    /// `/var/log/nusantara-panel/sites`.
    #[must_use]
    pub fn system() -> Self {
        Self::at("/var/log/nusantara-panel/sites")
    }

    /// Another root-owned folder, for tests.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Makes the account's folder: root:`web_gid` 0750, so that nginx's workers can reopen their logs after a rotation.
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn create(&self, username: &Username, web_gid: u32) -> Result<()> {
        replace::dir(self.0.join(username.as_str()), Access { mode: 0o750, owner: Some((0, web_gid)) }).await
    }

    /// Whether the account's folder is there.
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn exists(&self, username: &Username) -> Result<bool> {
        let path = self.0.join(username.as_str());
        crate::blocking::run(move || Ok(rustix::fs::lstat(path).is_ok())).await
    }

    /// Gives the account's folder another name. Under the old one it is found too until [`SiteLogs::forget_link`]: the web server has
    /// it open by that name, and may be told to open it again at any moment.
    ///
    /// # Errors
    /// [`crate::HostErrorKind::Exists`] when the new name is taken, else what the kernel says.
    pub async fn rename(&self, from: &Username, to: &Username) -> Result<()> {
        replace::rename_leaving_link(self.0.join(from.as_str()), self.0.join(to.as_str())).await
    }

    /// Takes away what [`SiteLogs::rename`] left under the old name.
    ///
    /// # Errors
    /// What the kernel says; [`crate::HostErrorKind::Refused`] when it is no link.
    pub async fn forget_link(&self, username: &Username) -> Result<()> {
        replace::remove(self.0.join(username.as_str())).await
    }

    /// Removes the account's folder with its logs. Not being there is success.
    ///
    /// # Errors
    /// [`crate::HostErrorKind::Refused`] when somebody made a folder in it, else what the kernel says.
    pub async fn remove(&self, username: &Username) -> Result<()> {
        replace::remove_dir_flat(self.0.join(username.as_str())).await
    }
}
