//! Named tasks: a panic is logged under its name, and shutdown can wait until all have ended.

use std::future::Future;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The tasks under way.
#[derive(Debug, Clone)]
pub(crate) struct Tasks {
    running: Arc<watch::Sender<usize>>,
}

struct Ended(Arc<watch::Sender<usize>>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

impl Tasks {
    pub(crate) fn new() -> Self {
        Self { running: Arc::new(watch::Sender::new(0)) }
    }

    /// Starts a task.
    #[expect(clippy::disallowed_methods, reason = "this is the named-task helper")]
    pub(crate) fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.running.send_modify(|n| *n += 1);
        let ended = Ended(Arc::clone(&self.running));
        let inner = tokio::spawn(work);
        tokio::spawn(async move {
            let _ended = ended;
            if let Err(e) = inner.await
                && e.is_panic()
            {
                tracing::error!(task = name, "a task panicked");
            }
        })
    }

    /// How many are under way.
    pub(crate) fn count(&self) -> usize {
        *self.running.borrow()
    }

    /// Waits until none is under way.
    pub(crate) async fn all_ended(&self) {
        // The sender lives as long as this, so waiting cannot fail.
        let _ = self.running.subscribe().wait_for(|n| *n == 0).await;
    }
}

#[cfg(test)]
mod tests {
    use super::Tasks;

    #[tokio::test]
    async fn panics_are_counted_out_too() {
        let tasks = Tasks::new();
        tasks.spawn("ok", async {});
        tasks.spawn("bad", async { panic!("on purpose") });
        tasks.all_ended().await;
        assert_eq!(tasks.count(), 0);
    }
}
