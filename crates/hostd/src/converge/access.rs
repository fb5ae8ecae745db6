//! The files that say who may enter protected folders: root's, readable to the web server's workers and to nobody else.

use crate::daemon::Daemon;
use crate::state::entries;
use nusantara_host::HostError;
use nusantara_host::replace::{self, Access};
use nusantara_plan::render::access::AccessFiles;
use nusantara_types::Username;

/// What is there.
pub(super) fn observe(d: &Daemon, username: &Username) -> AccessFiles {
    let folder = d.folders.access(username);
    let names = entries(&folder).unwrap_or_default();
    names.into_iter().filter_map(|name| Some((name.clone(), std::fs::read_to_string(folder.join(name)).ok()?))).collect()
}

/// Writes files that are not there as they should be.
pub(crate) async fn write(d: &Daemon, username: &Username, files: &AccessFiles) -> Result<(), HostError> {
    let folder = d.folders.access(username);
    let readers = Some((0, d.web_user.1));
    let there = observe(d, username);
    for (name, text) in files.iter().filter(|(name, text)| there.get(*name) != Some(text)) {
        replace::dir(&folder, Access { mode: 0o750, owner: readers }).await?;
        replace::write(folder.join(name), text.as_str(), Access { mode: 0o640, owner: readers }).await?;
    }
    Ok(())
}

/// Removes files, and the account's folder with the last of them.
pub(super) async fn remove(d: &Daemon, username: &Username, files: &AccessFiles) -> Result<(), HostError> {
    let folder = d.folders.access(username);
    if observe(d, username).keys().all(|name| files.contains_key(name)) {
        return replace::remove_dir_flat(folder).await;
    }
    for name in files.keys() {
        replace::remove(folder.join(name)).await?;
    }
    Ok(())
}
