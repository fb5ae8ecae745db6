//! Operations under way. An entry is on disk before the first effect and goes when the outcome is in the ledger; what is here at
//! start was cut short and is finished or undone before anything else.

use super::{Folders, entries};
use nusantara_host::{HostError, replace};
use nusantara_proto::host::{OperationError, Request};
use nusantara_types::{AccountSpec, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// One operation under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// What was asked.
    pub(crate) request: Request,
    /// Who asked, as the kernel knows it.
    pub(crate) peer_uid: u32,
    /// When.
    pub(crate) accepted_at: Timestamp,
    /// The uid of the account: chosen before the first effect of a create, read before the first effect of a delete.
    pub(crate) uid: u32,
    /// The spec before and after, for every operation that edits one: what to go on to, and what to go back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edit: Option<Box<Edit>>,
    /// What is made, where the request does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<Box<Made>>,
    /// Set when the work failed and is being taken back: the error its caller gets. Then nothing goes forward any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) undoing: Option<OperationError>,
}

/// A spec before and after an edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    /// As it was.
    pub(crate) before: AccountSpec,
    /// As it shall be.
    pub(crate) after: AccountSpec,
}

/// An account whose spec came whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Made {
    /// As it shall be.
    pub(crate) spec: AccountSpec,
    /// What was there of it; none of one that is made from a document.
    pub(crate) found: Option<Found>,
}

/// What was there of an account before it was adopted, and stays when that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Found {
    /// Its six files.
    pub(crate) files: AccountSpec,
    /// Whether its Linux user was.
    pub(crate) user: bool,
    /// Whether its home was.
    pub(crate) home: bool,
    /// Whether its logs were.
    pub(crate) logs: bool,
}

/// The folder of entries.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    /// Entries whose end is not durable yet, or which could not be removed.
    left: Mutex<Vec<RequestId>>,
}

impl Journal {
    pub(crate) fn of(folders: &Folders) -> Self {
        Self { folder: folders.state.join("journal"), left: Mutex::default() }
    }

    fn file(&self, id: RequestId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    /// Makes an entry durable.
    pub(crate) async fn open(&self, entry: &Entry) -> Result<(), HostError> {
        let bytes = serde_json::to_vec(entry).unwrap_or_default();
        replace::write(self.file(entry.request.id), bytes, replace::Access::SECRET).await
    }

    /// Takes an entry away. Only after its outcome is durable.
    pub(crate) async fn close(&self, id: RequestId) -> Result<(), HostError> {
        replace::remove(self.file(id)).await.inspect_err(|_| self.leave(id))
    }

    /// Remembers an entry that can be taken away once the ledger can be written again.
    pub(crate) fn leave(&self, id: RequestId) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).push(id);
    }

    /// Takes away what was left. Only when the ledger has just been written.
    pub(crate) async fn close_left(&self) {
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        for id in left {
            if let Err(error) = self.close(id).await {
                tracing::warn!(%id, %error, "a journal entry could not be removed again");
            }
        }
    }

    /// Entries that were cut short, oldest first. A file that cannot be read is an error: guessing would be worse than waiting
    /// for a person.
    pub(crate) fn unfinished(&self) -> Result<Vec<Entry>, String> {
        let mut found = Vec::new();
        for name in entries(&self.folder).map_err(|e| format!("{}: {e}", self.folder.display()))? {
            let file = self.folder.join(&name);
            let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            found.push(serde_json::from_slice::<Entry>(&bytes).map_err(|e| format!("{}: {e}", file.display()))?);
        }
        found.sort_by_key(|e: &Entry| (e.accepted_at, e.request.id));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_proto::host::Operation;
    use nusantara_types::Actor;

    #[tokio::test]
    async fn entries_come_back_in_order_until_closed() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::of(&Folders { etc: folder.path().into(), state: folder.path().into() });
        assert_eq!(journal.unfinished().unwrap(), vec![]);
        std::fs::create_dir(folder.path().join("journal")).unwrap();
        let entry = |second: i64| Entry {
            request: Request {
                version: 1,
                id: RequestId::generate(),
                actor: Actor::root(),
                operation: Operation::PackageList {},
                within: None,
            },
            peer_uid: 0,
            accepted_at: chrono::DateTime::from_timestamp(second, 0).unwrap(),
            uid: 12_000,
            edit: None,
            made: None,
            undoing: None,
        };
        let (late, early) = (entry(2), entry(1));
        journal.open(&late).await.unwrap();
        journal.open(&early).await.unwrap();
        assert_eq!(journal.unfinished().unwrap(), vec![early.clone(), late.clone()]);
        journal.close(early.request.id).await.unwrap();
        journal.close(early.request.id).await.unwrap();
        assert_eq!(journal.unfinished().unwrap(), vec![late.clone()]);
        journal.leave(late.request.id);
        journal.close_left().await;
        assert_eq!(journal.unfinished().unwrap(), vec![]);
    }
}
