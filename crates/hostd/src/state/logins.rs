//! Where accounts were last logged in from: written at the login itself, as sshd has it, or when the FTP server has said so, and taken
//! over into `account.json` a little later.

use super::{Folders, entries};
use crate::daemon::Daemon;
use nusantara_host::HostError;
use nusantara_host::replace::{self, Access};
use nusantara_types::{AccountSpec, Timestamp, Username};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How often it is looked for new ones.
const EVERY: Duration = Duration::from_secs(20);

/// The last login of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// Where from.
    pub(crate) ip: IpAddr,
    /// When.
    pub(crate) at: Timestamp,
}

/// Where an account's is written.
pub(crate) fn file(folders: &Folders, username: &Username) -> PathBuf {
    folders.state.join("logins").join(format!("{username}.json"))
}

/// Writes a login down, from a process that does nothing else.
pub(crate) fn write(folders: &Folders, username: &Username, login: Login) -> Result<(), String> {
    let bytes = serde_json::to_vec(&login).map_err(|e| e.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|e| e.to_string())?;
    runtime.block_on(replace::write(file(folders, username), bytes, Access::SECRET)).map_err(|e| e.to_string())
}

/// Writes a login down, unless a later one is.
pub(crate) async fn note(folders: &Folders, username: &Username, login: Login) -> Result<(), HostError> {
    let known = std::fs::read(file(folders, username)).ok().and_then(|bytes| serde_json::from_slice::<Login>(&bytes).ok());
    if known.is_some_and(|known| known.at >= login.at) {
        return Ok(());
    }
    replace::write(file(folders, username), serde_json::to_vec(&login).unwrap_or_default(), Access::SECRET).await
}

/// Takes over what is newer than the spec.
pub(super) fn take_over(folders: &Folders, spec: &mut AccountSpec) {
    let account = &mut spec.account;
    let Ok(bytes) = std::fs::read(file(folders, &account.username)) else { return };
    let Ok(login) = serde_json::from_slice::<Login>(&bytes) else { return };
    if account.last_login_at.is_none_or(|known| known < login.at) {
        account.last_login_ip = Some(login.ip);
        account.last_login_at = Some(login.at);
    }
}

/// Puts new logins into `account.json`, for ever.
pub(crate) async fn run(d: &Daemon) {
    let mut seen: HashMap<Username, SystemTime> = HashMap::new();
    loop {
        tokio::time::sleep(EVERY).await;
        let names = entries(&d.folders.state.join("logins")).unwrap_or_default();
        let there: Vec<Username> = names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
        seen.retain(|username, _| there.contains(username));
        for username in there {
            let Ok(changed) = file(&d.folders, &username).metadata().and_then(|meta| meta.modified()) else { continue };
            if seen.get(&username) == Some(&changed) {
                continue;
            }
            match keep(d, &username).await {
                Ok(()) => drop(seen.insert(username, changed)),
                Err(error) => tracing::warn!(account = %username, error, "a login could not be written down"),
            }
        }
    }
}

/// One file is replaced, and nothing that is applied on the host comes from these two fields: no journal is needed.
async fn keep(d: &Daemon, username: &Username) -> Result<(), String> {
    let _held = d.access.to(username).await.map_err(|e| e.to_string())?;
    if !d.specs.exists(username) {
        return Ok(());
    }
    let spec = d.specs.read(username).map_err(|e| e.to_string())?;
    d.specs.update(&spec).await.map_err(|e| e.to_string())
}
