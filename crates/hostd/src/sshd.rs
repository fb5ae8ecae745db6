//! sshd's own configuration: one file of ours, which names groups and no account. Written once, tested before and after, taken
//! back when sshd does not take it.

use crate::daemon::Daemon;
use crate::state::host_failed;
use nusantara_host::replace::{self, Access};
use nusantara_host::ssh::{self, Effective};
use nusantara_host::{HostError, HostErrorKind};
use nusantara_plan::render::ssh::{DROPIN, SshTexts, dropin};
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::Username;
use std::path::{Path, PathBuf};

/// The distribution's file, which includes ours.
const MAIN: &str = "/etc/ssh/sshd_config";
/// The service, as Debian and Ubuntu call it.
const UNIT: &str = "ssh.service";
/// Files of PAM with the word that each has when the package's profile is switched on.
const PAM: [(&str, &str); 2] = [("/etc/pam.d/common-account", "internal-ssh-login"), ("/etc/pam.d/common-session", "pam_namespace.so")];

/// Why accounts cannot log in on this host at all.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// There is no sshd.
    Missing,
    /// PAM does not ask us.
    Pam,
    /// sshd does not take its configuration.
    Refused(HostError),
    /// Something else failed.
    Failed(HostError),
}

impl Unusable {
    /// A sentence for people.
    pub(crate) fn sentence(&self) -> &'static str {
        match self {
            Self::Missing => "this server has no OpenSSH server; an administrator has to install the package openssh-server",
            Self::Pam => {
                "logins of this server do not ask the panel; an administrator has to run pam-auth-update --enable nusantara-panel, \
                 and sshd has to use PAM"
            }
            Self::Refused(_) => "sshd does not accept its configuration on this server; nothing was changed",
            Self::Failed(_) => "sshd could not be asked; nothing was changed",
        }
    }

    pub(crate) fn into_error(self) -> OperationError {
        if let Self::Failed(why) = &self
            && matches!(why.kind, HostErrorKind::Full | HostErrorKind::Disk)
        {
            return host_failed(why);
        }
        let code = match self {
            Self::Missing | Self::Pam => ErrorCode::Invalid,
            Self::Refused(_) => ErrorCode::ConfigRefused,
            Self::Failed(_) => ErrorCode::HostFailed,
        };
        let error = OperationError::new(code, self.sentence()).field("mode");
        match self {
            Self::Refused(why) | Self::Failed(why) => error.detail(why.detail.unwrap_or_default()),
            Self::Missing | Self::Pam => error,
        }
    }
}

impl From<HostError> for Unusable {
    fn from(error: HostError) -> Self {
        if error.kind == HostErrorKind::Tool { Self::Refused(error) } else { Self::Failed(error) }
    }
}

/// Where a new file is tried.
fn stage(d: &Daemon) -> PathBuf {
    d.folders.state.join("ssh")
}

/// Says that sshd may not have read yet what is on disk.
pub(crate) fn pending(state: &Path) -> PathBuf {
    state.join("ssh/reload-pending")
}

/// Whether our file is on disk as it should be, and sshd was asked to read it.
pub(crate) fn is_in_place(state: &Path) -> bool {
    std::fs::read(DROPIN).is_ok_and(|live| live == dropin().as_bytes()) && !pending(state).exists()
}

/// What this host's sshd is like, without changing anything: the port it listens on.
pub(crate) async fn look() -> Result<u16, Unusable> {
    if !ssh::is_installed() {
        return Err(Unusable::Missing);
    }
    let effective = ssh::effective(None, None).await?;
    if effective.get("usepam") != Some("yes") || !pam_asks_us() {
        return Err(Unusable::Pam);
    }
    Ok(effective.get("port").and_then(|port| port.parse().ok()).unwrap_or(22))
}

fn pam_asks_us() -> bool {
    PAM.iter().all(|(file, word)| std::fs::read_to_string(file).is_ok_and(|text| text.contains(word)))
}

/// Puts our file in place and makes sshd read it, where it is not so already.
pub(crate) async fn provide(d: &Daemon) -> Result<(), Unusable> {
    let _turn = d.sshd.lock().await;
    if is_in_place(&d.folders.state) {
        return look().await.map(drop);
    }
    look().await?;
    let (folder, text) = (stage(d), dropin());
    replace::dir(&folder, Access { mode: 0o700, owner: None }).await?;
    let (ours, whole) = (folder.join("dropin.conf"), folder.join("sshd_config"));
    replace::write(&ours, text.as_str(), Access::SECRET).await?;
    // The first of two values counts, so ours before all that is there is what will be.
    let main = std::fs::read_to_string(MAIN).map_err(|e| HostError::io(format!("read {MAIN}"), e))?;
    replace::write(&whole, format!("Include {}\n{main}", ours.display()), Access::SECRET).await?;
    ssh::effective(Some(&whole), None).await?;
    let before = std::fs::read(DROPIN).ok();
    replace::write(pending(&d.folders.state), "", Access::SECRET).await?;
    replace::write(DROPIN, text.as_str(), Access::PUBLIC).await?;
    if let Err(error) = read_again(d).await {
        match before {
            Some(before) => replace::write(DROPIN, before, Access::PUBLIC).await?,
            None => replace::remove(DROPIN).await?,
        }
        // It may have read the new file or the old one: with neither does anybody get in before the next try.
        return Err(error.into());
    }
    replace::remove(pending(&d.folders.state)).await?;
    tracing::info!("sshd reads the panel's file");
    Ok(())
}

async fn read_again(d: &Daemon) -> Result<(), HostError> {
    ssh::effective(None, None).await?;
    d.systemd.reload_if_active(UNIT).await
}

/// Sees that sshd will treat an account as `texts` mean it, whatever else its configuration says.
pub(crate) async fn check(d: &Daemon, username: &Username, texts: &SshTexts) -> Result<(), OperationError> {
    provide(d).await.map_err(Unusable::into_error)?;
    let effective = ssh::effective(None, Some(username)).await.map_err(|e| Unusable::from(e).into_error())?;
    match differences(&effective, texts).as_slice() {
        [] => Ok(()),
        all => {
            let message = "something in sshd's configuration on this server comes before the panel's file; nothing was changed";
            Err(OperationError::new(ErrorCode::ConfigRefused, message).detail(all.join("\n")))
        }
    }
}

fn differences(effective: &Effective, texts: &SshTexts) -> Vec<String> {
    let said = |(keyword, wanted): &(String, &'static str)| {
        let is = effective.get(keyword).unwrap_or("not said");
        (is != *wanted).then(|| format!("{keyword} is {is}, it has to be {wanted}"))
    };
    texts.effective().iter().filter_map(said).collect()
}
