//! Named tasks: a panic is logged under the task's name, and the end of the process waits for all of them.

use futures_util::FutureExt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;

/// The tasks of a process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Starts a task.
    #[expect(clippy::disallowed_methods, reason = "this is the named-task helper")]
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(self.tracker.track_future(async move {
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                tracing::error!(task = name, "a task panicked");
            }
        }));
    }

    /// Resolves once the process is told to end. Long-lived tasks watch it.
    pub fn stopped(&self) -> WaitForCancellationFuture<'_> {
        self.stop.cancelled()
    }

    /// Whether the process was told to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Tells every task to end and waits for them; `false` when some did not end within `patience`.
    pub async fn end(&self, patience: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(patience, self.tracker.wait()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_neither_spreads_nor_hangs_the_end() {
        let tasks = Tasks::default();
        tasks.spawn("bad", async { panic!("on purpose") });
        let watching = tasks.clone();
        tasks.spawn("long", async move { watching.stopped().await });
        assert!(tasks.end(Duration::from_secs(5)).await);
    }

    #[tokio::test]
    async fn a_task_that_does_not_listen_is_left_behind() {
        let tasks = Tasks::default();
        tasks.spawn("deaf", std::future::pending());
        assert!(!tasks.end(Duration::from_millis(10)).await);
    }
}
