//! The uid counter. A uid is handed out once in the life of a host, so that a file left behind by a deleted account never
//! becomes somebody else's.

use super::Folders;
use nusantara_host::{HostError, replace};
use nusantara_types::{END_ACCOUNT_UID, FIRST_ACCOUNT_UID};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::PoisonError;
use tokio::sync::Mutex;

/// Hands out uids.
#[derive(Debug)]
pub(crate) struct Uids {
    file: PathBuf,
    next: Mutex<u32>,
    /// Uids that homes belong to, whoever knows of them: a home that was put back without its account is not given to another.
    homes: std::sync::Mutex<BTreeSet<u32>>,
}

impl Uids {
    /// Reads the counter. It never falls below `highest` + 1, the highest uid any spec names, so a lost counter file cannot lead
    /// to reuse of a uid that is in use.
    pub(crate) fn load(folders: &Folders, highest: Option<u32>) -> Result<Self, String> {
        let file = folders.state.join("next-uid");
        let stored = match std::fs::read_to_string(&file) {
            Ok(text) => text.trim().parse::<u32>().map_err(|_| format!("{} does not hold a number", file.display()))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => FIRST_ACCOUNT_UID,
            Err(e) => return Err(format!("{}: {e}", file.display())),
        };
        let next = stored.max(FIRST_ACCOUNT_UID).max(highest.map_or(0, |uid| uid + 1));
        Ok(Self { file, next: Mutex::new(next), homes: std::sync::Mutex::default() })
    }

    /// Takes note of whom homes belong to.
    pub(crate) fn see_homes(&self, owners: BTreeSet<u32>) {
        *self.homes.lock().unwrap_or_else(PoisonError::into_inner) = owners;
    }

    /// Lets no uid up to this one be handed out any more: a spec names it.
    pub(crate) async fn raise_above(&self, uid: u32) {
        let mut next = self.next.lock().await;
        *next = (*next).max(uid.saturating_add(1));
    }

    /// The next uid that `taken` does not know, written down before it is given out.
    ///
    /// # Errors
    /// When the range is used up or the counter cannot be written; nothing was handed out then.
    pub(crate) async fn allocate(&self, taken: impl AsyncFn(u32) -> Result<bool, HostError>) -> Result<u32, HostError> {
        let mut next = self.next.lock().await;
        let mut uid = *next;
        let owns_a_home = |uid: u32| self.homes.lock().unwrap_or_else(PoisonError::into_inner).contains(&uid);
        while uid < END_ACCOUNT_UID && (owns_a_home(uid) || taken(uid).await?) {
            uid += 1;
        }
        if uid >= END_ACCOUNT_UID {
            let why = format!("every uid from {FIRST_ACCOUNT_UID} to {} has been used on this host", END_ACCOUNT_UID - 1);
            return Err(HostError::refused("find a free uid", why));
        }
        replace::write(&self.file, format!("{}\n", uid + 1), replace::Access::SECRET).await?;
        *next = uid + 1;
        Ok(uid)
    }
}

impl Uids {
    /// The uid that the next account is likely to get.
    pub(crate) async fn next(&self) -> u32 {
        *self.next.lock().await
    }

    /// Takes note of a uid that an account brought along, so that no other gets it.
    ///
    /// # Errors
    /// When the counter cannot be written.
    pub(crate) async fn raise_beyond(&self, uid: u32) -> Result<(), HostError> {
        let mut next = self.next.lock().await;
        if uid >= *next {
            replace::write(&self.file, format!("{}\n", uid + 1), replace::Access::SECRET).await?;
            *next = uid + 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn uids_rise_and_survive() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders { etc: folder.path().into(), state: folder.path().into() };
        let uids = Uids::load(&folders, None).unwrap();
        assert_eq!(uids.allocate(async |_| Ok(false)).await.unwrap(), 12_000);
        assert_eq!(uids.allocate(async |uid| Ok(uid < 12_005)).await.unwrap(), 12_005);
        let again = Uids::load(&folders, Some(12_001)).unwrap();
        assert_eq!(again.allocate(async |_| Ok(false)).await.unwrap(), 12_006);
        let higher = Uids::load(&folders, Some(13_000)).unwrap();
        assert_eq!(higher.allocate(async |_| Ok(false)).await.unwrap(), 13_001);
        higher.raise_beyond(13_010).await.unwrap();
        higher.raise_beyond(12_500).await.unwrap();
        assert_eq!(higher.next().await, 13_011);
        assert_eq!(Uids::load(&folders, None).unwrap().next().await, 13_011);
        assert!(higher.allocate(async |_| Ok(true)).await.is_err());
        let restored = Uids::load(&folders, None).unwrap();
        restored.raise_above(13_010).await;
        restored.see_homes(BTreeSet::from([13_011, 13_013]));
        assert_eq!(restored.allocate(async |_| Ok(false)).await.unwrap(), 13_012);
        assert_eq!(restored.allocate(async |_| Ok(false)).await.unwrap(), 13_014);
    }
}
