//! The workers of the running nginx, and what its master writes when it refuses.
//!
//! systemd is asked for the processes of the unit: the daemon itself cannot see them in its own /proc (`ProtectProc=`, or a
//! host mounted with `hidepid`).

use crate::Result;
use crate::systemd::Systemd;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::OwnedFd;

/// The title of a worker that is ready and accepts connections. nginx sets it when a worker has its sockets, and adds "is shutting
/// down" before it lets go of them.
const READY: &str = "nginx: worker process";

/// A worker that accepts connections.
#[derive(Debug)]
pub(super) struct Worker {
    pid: Pid,
    /// Names this process for good; its number may be another's by the next look.
    handle: OwnedFd,
}

impl Worker {
    /// Whether it is none of `old`.
    pub(super) fn is_new(&self, old: &[Self]) -> bool {
        !old.iter().any(|o| o.pid == self.pid && o.lives())
    }

    fn lives(&self) -> bool {
        // A handle is readable once its process has ended.
        let mut poll = [rustix::event::PollFd::new(&self.handle, rustix::event::PollFlags::IN)];
        matches!(rustix::event::poll(&mut poll, Some(&rustix::event::Timespec::default())), Ok(0))
    }

    /// Tells it to finish what it has and go. One that has gone already needs no telling; one that may not be told is told by its
    /// master, a little later.
    pub(super) fn quit(&self) {
        if let Err(error) = pidfd_send_signal(&self.handle, Signal::QUIT) {
            tracing::debug!(%error, pid = self.pid.as_raw_nonzero(), "an old worker could not be told to quit");
        }
    }
}

/// Those of `now` that are in `old`.
pub(super) fn old_ones<'a>(now: &'a [Worker], old: &'a [Worker]) -> impl Iterator<Item = &'a Worker> {
    now.iter().filter(|w| !w.is_new(old))
}

/// The processes of a unit that are workers and accept connections.
pub(super) async fn workers_of(systemd: &Systemd, unit: &str) -> Result<Vec<Worker>> {
    let ready = |(pid, title): (u32, String)| {
        // systemd quotes a command line that holds spaces.
        if title.trim_matches('"').trim_end() != READY {
            return None;
        }
        let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
        Some(Worker { pid, handle: pidfd_open(pid, PidfdFlags::empty()).ok()? })
    };
    Ok(systemd.unit_processes(unit).await?.into_iter().filter_map(ready).collect())
}

/// nginx's error log from some point on. A master that cannot take a new configuration says so only there.
pub(super) struct ErrorLog {
    from: u64,
}

impl ErrorLog {
    /// Debian's default; with another one a refusal is seen as a timeout.
    const PATH: &str = "/var/log/nginx/error.log";
    /// How much of it is read.
    const MOST: u64 = 16 * 1024;

    pub(super) fn at_its_end() -> Self {
        Self { from: rustix::fs::lstat(Self::PATH).map_or(0, |s| u64::try_from(s.st_size).unwrap_or(0)) }
    }

    /// The first emergency since then.
    pub(super) fn refusal(&self) -> Option<String> {
        let mut file = std::fs::File::open(Self::PATH).ok()?;
        file.seek(SeekFrom::Start(self.from)).ok()?;
        let mut new = Vec::new();
        file.take(Self::MOST).read_to_end(&mut new).ok()?;
        // A line that is still being written is not quoted.
        String::from_utf8_lossy(&new).split_inclusive('\n').find(|l| l.contains("[emerg]") && l.ends_with('\n')).map(str::to_owned)
    }
}
