//! The web server's configuration, with one owner: a task that holds the two trees.
//!
//! Changes that arrive while a test or a reload runs share the next one (group commit). A group that nginx refuses is sifted:
//! the good ones go live together, each bad one gets nginx's own words. Nothing refused ever reaches the live tree.

mod group;
mod nginx;

pub(crate) use nginx::Nginx;

use crate::tasks::Tasks;
use group::Trees;
use nusantara_host::HostError;
use nusantara_host::web::{Change, ConfFile, NginxRefusal};
use nusantara_proto::host::{ErrorCode, OperationError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// How long a group waits for changes that are on their way to it, and how much longer for each of them: the more share a reload,
/// the less of the machine goes into reloads. A lone change waits for nobody.
const GATHER: Duration = Duration::from_millis(100);
const GATHER_EACH: Duration = Duration::from_millis(25);
/// The longest wait, however many are coming.
const GATHER_MOST: Duration = Duration::from_millis(500);
/// Changes that may wait; further senders wait to send.
const QUEUE: usize = 256;

/// Why a change did not go live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotLive {
    /// nginx does not take it, or does not take what else it has to read.
    Refused(NginxRefusal),
    /// The host failed; the live tree is what it was.
    Failed(HostError),
}

impl NotLive {
    /// The caller's answer.
    pub(crate) fn into_error(self) -> OperationError {
        match self {
            Self::Refused(refusal) => {
                let place = match (&refusal.file, refusal.line) {
                    (Some(file), Some(line)) => format!(" in {file}:{line}"),
                    (Some(file), None) => format!(" in {file}"),
                    (None, _) => String::new(),
                };
                OperationError::new(ErrorCode::ConfigRefused, "the web server refused the new configuration; nothing live was changed")
                    .detail(format!("{}{place}", refusal.message))
            }
            Self::Failed(error) => crate::state::host_failed(&error),
        }
    }
}

/// One change on its way, of one file or of some that go live together or not at all; and who waits for it.
#[derive(Debug)]
struct Pending {
    changes: Vec<Change>,
    done: oneshot::Sender<Result<(), NotLive>>,
}

/// The way to the task that owns the trees.
#[derive(Debug, Clone)]
pub(crate) struct Web {
    queue: mpsc::Sender<Pending>,
    coming: Arc<watch::Sender<usize>>,
}

/// Says that a change will be sent soon, so that a group under way waits a moment for it. Dropping it says that it was sent, or
/// never will be.
#[derive(Debug)]
pub(crate) struct Coming(Arc<watch::Sender<usize>>);

impl Drop for Coming {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

impl Web {
    /// Starts the task. It ends when the last [`Web`] is dropped.
    pub(crate) fn start(trees: impl Trees, tasks: &Tasks) -> Self {
        let (queue, incoming) = mpsc::channel(QUEUE);
        let coming = Arc::new(watch::Sender::new(0));
        let announced = coming.subscribe();
        tasks.spawn("web groups", group::run(trees, incoming, announced));
        Self { queue, coming }
    }

    /// Announces a change.
    pub(crate) fn coming(&self) -> Coming {
        self.coming.send_modify(|n| *n += 1);
        Coming(Arc::clone(&self.coming))
    }

    /// Puts a file live (or takes it off, with `None`) and waits until nginx serves it so. `announced` is what [`Web::coming`]
    /// gave, if the change was announced.
    ///
    /// # Errors
    /// [`NotLive`]; the live tree does not hold the change then.
    pub(crate) async fn change(&self, file: ConfFile, content: Option<Vec<u8>>, announced: Option<Coming>) -> Result<(), NotLive> {
        self.change_together(vec![(file, content)], announced).await
    }

    /// The same of several files: all of them go live, or none.
    ///
    /// # Errors
    /// As [`Web::change`].
    pub(crate) async fn change_together(&self, changes: Vec<Change>, announced: Option<Coming>) -> Result<(), NotLive> {
        let (done, wait) = oneshot::channel();
        let gone = || NotLive::Failed(HostError::refused("change the web server's configuration", "the daemon is stopping"));
        self.queue.send(Pending { changes, done }).await.map_err(|_| gone())?;
        // Only now: a group that sees nothing more announced looks into the queue once more.
        drop(announced);
        wait.await.map_err(|_| gone())?
    }
}
