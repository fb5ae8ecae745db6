//! Makes nginx read its live tree again, and waits until it serves it.
//!
//! `systemctl reload nginx` is not used: Debian's unit runs a second nginx that reads the whole configuration once more, only to
//! send the signal. A SIGHUP to the master is the documented way (nginx.org, "Controlling nginx"), but it returns at once and
//! says nothing, so its processes are watched: new workers have to appear, and the old ones have to stop accepting.
//!
//! After it has started new workers the master sleeps for 100 ms before it tells the old ones to quit, and in that time they
//! still take new connections and answer them from the old configuration. So as soon as the new workers are ready, the old ones
//! get their SIGQUIT from here: the same documented signal, sooner. The master, still inside its reload, does not replace them.
//! A next reload that comes within those 100 ms waits for the rest of them, for the master hears no signal meanwhile: 5 ms for a
//! reload on its own, at most ten reloads in a second (seen with nginx 1.22 and 1.26).

mod workers;

use super::limits::allow_open_files;
use super::probe::{PROBE_SOCKET, TLS_PROBE_SOCKET};
use crate::systemd::{Signal, Systemd};
use crate::{HostError, HostErrorKind, Result};
use rustix::process::Pid;
use std::time::{Duration, Instant};
use workers::{ErrorLog, Worker, old_ones, workers_of};

/// nginx's unit on Debian and Ubuntu.
const UNIT: &str = "nginx.service";
/// When fewer new workers came than there were old ones, and none has come for this long, no more will: an admin has lowered
/// `worker_processes`. Generous, because a worker that a busy machine was slow to start would be taken for one of the next
/// reload, and that one believed to be over while its own workers are still to come.
const SETTLED: Duration = Duration::from_secs(2);

/// How nginx came to serve the live tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reloaded {
    /// It was running and has new workers.
    Workers {
        /// From the signal until no old worker accepts any more.
        took: Duration,
    },
    /// It was not running and has been started.
    Started,
}

/// Reloads nginx and returns when only workers with the new configuration accept connections. Starts it when it is not running.
/// `log_files` ([`super::Tree::log_files`]) is how many logs it will open: the limit of a running master is raised to fit.
///
/// # Errors
/// [`HostErrorKind::Tool`] with nginx's words when the master kept its old configuration, [`HostErrorKind::Timeout`] when the new
/// workers did not come up within `patience`.
pub async fn reload(systemd: &Systemd, log_files: usize, patience: Duration) -> Result<Reloaded> {
    let master = if systemd.is_active(UNIT).await? { systemd.main_pid(UNIT).await? } else { None };
    let Some(master) = master.and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) else {
        return start(systemd).await;
    };
    allow_open_files(Some(master), log_files)?;
    let old = workers_of(systemd, UNIT).await?;
    let log = ErrorLog::at_its_end();
    let begun = Instant::now();
    systemd.kill_main(UNIT, Signal::Hup).await?;
    match tokio::time::timeout(patience, settle(systemd, &old, &log)).await {
        Ok(result) => result.map(|()| Reloaded::Workers { took: begun.elapsed() }),
        Err(_) => Err(HostError::new(HostErrorKind::Timeout, "reload the web server")
            .detail(format!("no new workers took over within {} s", patience.as_secs()))),
    }
}

async fn start(systemd: &Systemd) -> Result<Reloaded> {
    // An nginx that was killed leaves its sockets behind, and the next one would refuse to start because of them.
    for socket in [PROBE_SOCKET, TLS_PROBE_SOCKET] {
        crate::replace::remove(socket).await?;
    }
    systemd.reset_failed(UNIT).await?;
    systemd.start(UNIT).await?;
    Ok(Reloaded::Started)
}

/// Waits for new workers, sends the old ones home, waits until they accept no more.
async fn settle(systemd: &Systemd, old: &[Worker], log: &ErrorLog) -> Result<()> {
    let mut pause = Duration::from_micros(500);
    let (mut seen, mut since, mut dismissed) = (0, Instant::now(), false);
    loop {
        let now = workers_of(systemd, UNIT).await?;
        let new = now.iter().filter(|w| w.is_new(old)).count();
        if new != seen {
            (seen, since) = (new, Instant::now());
        }
        if new > 0 && (new >= old.len() || since.elapsed() >= SETTLED) {
            if !dismissed {
                old_ones(&now, old).for_each(Worker::quit);
                dismissed = true;
            }
            if old_ones(&now, old).next().is_none() {
                return Ok(());
            }
        }
        if new == 0
            && let Some(words) = log.refusal()
        {
            return Err(HostError::new(HostErrorKind::Tool, "reload the web server").detail(words));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(4));
    }
}
