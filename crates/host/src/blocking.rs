//! Runs file work on tokio's blocking threads.

use crate::{HostError, HostErrorKind, Result};

/// Runs `work` where it may block. A panic inside becomes an error instead of taking the daemon's task down.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(e) => Err(HostError::new(HostErrorKind::Io, "finish work on files").detail(e.to_string())),
    }
}
