//! Writes the steps of all running jobs: what is reported within a few milliseconds becomes one transaction.

use crate::steps::Steps;
use crate::watchers::Watchers;
use nusantara_store::{Store, StoreError};
use nusantara_types::JobId;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long reports are gathered. Long enough for a burst, too short to be seen.
const GATHER: Duration = Duration::from_millis(3);
/// Pause after a write. Every write is a transaction on disk and makes each follower of a job read it again; whoever watches a
/// dozen jobs at work sees no difference, and the machine is left to the jobs.
const REST: Duration = Duration::from_millis(50);
/// Pause after a write that failed.
const PAUSE: Duration = Duration::from_millis(250);
/// Jobs of one transaction.
const AT_ONCE: usize = 100;

#[derive(Debug, Default)]
pub(crate) struct Writer {
    waiting: Mutex<HashMap<JobId, Steps>>,
    wake: Notify,
}

impl Writer {
    /// Says that a job's steps changed.
    pub(crate) fn wrote(&self, steps: &Steps) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(steps.job, steps.clone());
        self.wake.notify_one();
    }

    fn next(&self) -> Vec<Steps> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs: Vec<JobId> = waiting.keys().take(AT_ONCE).copied().collect();
        jobs.into_iter().filter_map(|job| waiting.remove(&job)).collect()
    }

    /// Writes for ever.
    pub(crate) async fn run(self: Arc<Self>, store: Store, owner: Arc<str>, watchers: Arc<Watchers>) {
        let mut complained = false;
        loop {
            self.wake.notified().await;
            tokio::time::sleep(GATHER).await;
            loop {
                let batch = self.next();
                let is_last = batch.len() < AT_ONCE;
                if batch.is_empty() {
                    break;
                }
                match write(&store, &owner, &batch).await {
                    Ok(written) => {
                        complained = false;
                        written.into_iter().for_each(|job| watchers.wake(job));
                    }
                    Err(error) => {
                        // Once: what cannot be written for want of room would only fill the journal too.
                        if !std::mem::replace(&mut complained, true) {
                            tracing::error!(%error, "steps could not be written; trying again");
                        }
                        for steps in &batch {
                            steps.sheet().spoil();
                            self.wrote(steps);
                        }
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                }
                // What was reported during the write has left a wake-up behind.
                if is_last {
                    break;
                }
            }
            tokio::time::sleep(REST).await;
        }
    }
}

async fn write(store: &Store, owner: &str, batch: &[Steps]) -> Result<Vec<JobId>, StoreError> {
    let jobs: Vec<JobId> = batch.iter().map(|steps| steps.job).collect();
    let tx = store.begin().await?;
    // A job that has ended meanwhile was written by its end; what is left here is older.
    let held: HashSet<JobId> = tx.job_touch(owner, &jobs).await?.into_iter().collect();
    let mut rows = Vec::new();
    for steps in batch.iter().filter(|steps| held.contains(&steps.job)) {
        let pending = steps.sheet().take();
        if let Some(from) = pending.cut {
            tx.step_cut(steps.job, from).await?;
        }
        rows.extend(pending.rows.into_iter().map(|row| (steps.job, row)));
    }
    tx.step_put(&rows).await?;
    tx.commit().await?;
    Ok(held.into_iter().collect())
}
