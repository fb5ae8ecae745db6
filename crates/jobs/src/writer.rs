//! Writes the steps of all running jobs: what is reported within a few milliseconds becomes one transaction.

use crate::steps::Steps;
use nusantara_store::{Held, StoreError};
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
    pub(crate) async fn run(self: Arc<Self>) {
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
                match write(&batch).await {
                    Ok(_) => complained = false,
                    Err(error) => {
                        // Once: what cannot be written for want of room would only fill the journal too.
                        if !error.is_away() && !std::mem::replace(&mut complained, true) {
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

/// Writes what changed, of those attempts that still hold their lease; returns their jobs. All are of one process.
pub(crate) async fn write(batch: &[Steps]) -> Result<Vec<JobId>, StoreError> {
    let Some(Steps { book, .. }) = batch.first() else { return Ok(Vec::new()) };
    let jobs: Vec<Held> = batch.iter().map(|steps| (steps.job, steps.book.attempt)).collect();
    let tx = book.store.begin().await?;
    // A job that has ended meanwhile was written by its end; what is left here is older. The same statement keeps out whoever lost
    // the lease.
    let held: HashSet<Held> = tx.job_touch(&book.owner, &jobs).await?.into_iter().collect();
    let mut rows = Vec::new();
    for steps in batch.iter().filter(|steps| held.contains(&(steps.job, steps.book.attempt))) {
        let pending = steps.sheet().take();
        if let Some(from) = pending.cut {
            tx.step_cut(steps.job, from).await?;
        }
        rows.extend(pending.rows.into_iter().map(|row| (steps.job, row)));
    }
    tx.step_put(&rows).await?;
    tx.commit().await?;
    let jobs: Vec<JobId> = held.into_iter().map(|(job, _)| job).collect();
    jobs.iter().for_each(|job| book.watchers.wake(*job));
    Ok(jobs)
}
