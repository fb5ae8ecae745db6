//! SSH of one account: its file of keys and its groups.

use super::Sight;
use nusantara_host::{HostError, ssh, users};
use nusantara_plan::change::Owner;
use nusantara_plan::render::ssh::{SshGroup, SshTexts};
use nusantara_types::Username;
use std::collections::BTreeSet;

/// What is there. Without a file of keys there is nothing: it is written before the groups are, and removed after them.
pub(super) async fn observe(sight: &Sight, username: &Username, gid: u32) -> Result<Option<SshTexts>, HostError> {
    let Ok(keys) = std::fs::read_to_string(ssh::keys_path(username)) else { return Ok(None) };
    let names = sight.groups(username, gid, SshGroup::ALL.iter().map(|group| group.name()).collect()).await?;
    let groups: BTreeSet<SshGroup> = SshGroup::ALL.into_iter().filter(|group| names.contains(&group.name())).collect();
    Ok(Some(SshTexts { keys, groups }))
}

/// Makes it so.
pub(super) async fn apply(owner: &Owner, texts: &SshTexts) -> Result<(), HostError> {
    let Owner { username, uid } = owner;
    ssh::keys_write(username, *uid, &texts.keys).await?;
    let groups: Vec<&str> = texts.groups.iter().map(|group| group.name()).collect();
    users::set_groups(username, *uid, &groups).await
}

/// Takes it away. A user that is gone is in no group.
pub(super) async fn remove(owner: &Owner) -> Result<(), HostError> {
    let Owner { username, uid } = owner;
    if users::lookup(username).await?.is_some() {
        users::set_groups(username, *uid, &[]).await?;
    }
    ssh::keys_remove(username).await
}
