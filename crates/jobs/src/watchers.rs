//! Wakes those who follow a job. A wake-up says "look again", not what changed, so that missing one of two loses nothing.

use nusantara_types::JobId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{Notify, watch};

#[derive(Debug, Default)]
pub(crate) struct Watchers {
    jobs: Mutex<HashMap<JobId, watch::Sender<u64>>>,
    came: Notify,
}

impl Watchers {
    pub(crate) fn watch(&self, job: JobId) -> watch::Receiver<u64> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever comes clears up after those who left.
        jobs.retain(|_, sender| sender.receiver_count() > 0);
        let receiver = jobs.entry(job).or_insert_with(|| watch::Sender::new(0)).subscribe();
        self.came.notify_one();
        receiver
    }

    /// The jobs that somebody follows.
    pub(crate) fn watched(&self) -> Vec<JobId> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|_, sender| sender.receiver_count() > 0);
        jobs.keys().copied().collect()
    }

    /// Resolves while somebody follows a job.
    pub(crate) async fn somebody(&self) {
        while self.watched().is_empty() {
            self.came.notified().await;
        }
    }

    pub(crate) fn wake(&self, job: JobId) {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = jobs.get(&job) {
            sender.send_modify(|changes| *changes += 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn followers_wake_and_leave_nothing_behind() {
        let watchers = Watchers::default();
        let (one, other) = (JobId::generate(), JobId::generate());
        let mut follower = watchers.watch(one);
        watchers.wake(other);
        assert!(!follower.has_changed().unwrap());
        watchers.wake(one);
        watchers.wake(one);
        follower.changed().await.unwrap();
        assert!(!follower.has_changed().unwrap(), "two changes are one wake-up");
        drop(follower);
        drop(watchers.watch(other));
        assert!(!watchers.jobs.lock().unwrap().contains_key(&one));
    }
}
