//! One operation at a time on an account.
//!
//! Inside this process a queue, so that whoever came first goes first; around it the lock file, which other programs on the host
//! respect too.

use nusantara_host::lock::{Locks, UserLock};
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::Username;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// How long an operation waits for an account that another one is busy with.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many operations may wait for one account.
const MOST_WAITING: usize = 16;

/// The queues.
#[derive(Debug)]
pub(crate) struct Access {
    files: Locks,
    queues: Mutex<HashMap<Username, Arc<AsyncMutex<()>>>>,
}

/// Held until dropped.
#[derive(Debug)]
pub(crate) struct Held {
    _file: UserLock,
    _turn: OwnedMutexGuard<()>,
}

impl Access {
    pub(crate) fn new(files: Locks) -> Self {
        Self { files, queues: Mutex::default() }
    }

    /// Waits for the account.
    ///
    /// # Errors
    /// [`ErrorCode::Busy`] when too many wait already or it takes too long.
    pub(crate) async fn to(&self, username: &Username) -> Result<Held, OperationError> {
        let busy = || OperationError::new(ErrorCode::Busy, format!("another operation on {username} is under way; try again later"));
        let queue = {
            let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
            Arc::clone(queues.entry(username.clone()).or_default())
        };
        // One reference is the map's, one is ours.
        if Arc::strong_count(&queue) > MOST_WAITING + 2 {
            return Err(busy());
        }
        let turn = tokio::time::timeout(PATIENCE, queue.lock_owned()).await.map_err(|_| busy())?;
        let file = self.files.user(username, PATIENCE).await.map_err(|e| busy().detail(e.to_string()))?;
        Ok(Held { _file: file, _turn: turn })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_is_bounded_and_per_account() {
        let folder = tempfile::tempdir().unwrap();
        let access = Arc::new(Access::new(Locks::at(folder.path())));
        let (joko, sari): (Username, Username) = ("joko".parse().unwrap(), "sari".parse().unwrap());
        let held = access.to(&joko).await.unwrap();
        access.to(&sari).await.unwrap();
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..MOST_WAITING {
            let (access, joko) = (Arc::clone(&access), joko.clone());
            waiting.spawn(async move { access.to(&joko).await.map(drop) });
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(access.to(&joko).await.unwrap_err().code, ErrorCode::Busy);
        drop(held);
        while let Some(ended) = waiting.join_next().await {
            ended.unwrap().unwrap();
        }
        assert_eq!(access.queues.lock().unwrap().len(), 1, "unused queues go when another one is looked for");
    }
}
