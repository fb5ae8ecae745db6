//! Where the test kit keeps things, and how it locks and identifies them.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use crate::error::{During, Error, Result};

/// Finished root file systems. Override with `NUSANTARA_TESTHOST_CACHE`.
pub(crate) fn cache_dir() -> PathBuf {
    env::var_os("NUSANTARA_TESTHOST_CACHE").map_or_else(|| PathBuf::from("/var/cache/nusantara-testhost"), PathBuf::from)
}

/// Records, consoles and locks of the hosts that are up. One place for the whole machine, because the bridge and
/// its addresses are shared by everybody on it.
pub(crate) fn run_dir() -> PathBuf {
    PathBuf::from("/run/nusantara-testhost")
}

/// The console log of a host.
pub(crate) fn console(name: &str) -> PathBuf {
    run_dir().join(format!("{name}.console"))
}

/// Holds an exclusive lock until it is dropped.
pub(crate) struct Lock(#[allow(dead_code, reason = "the open file is the lock")] File);

impl Lock {
    /// Waits until nobody else holds `path`.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).during(|| format!("create {}", folder.display()))?;
        }
        let file = File::options().create(true).truncate(false).write(true).open(path).during(|| format!("open {}", path.display()))?;
        rustix::fs::flock(&file, FlockOperation::LockExclusive).during(|| format!("lock {}", path.display()))?;
        Ok(Self(file))
    }
}

/// A process, told apart from a later one that got the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    /// Field 22 of `/proc/PID/stat`, see proc(5).
    pub(crate) started: u64,
}

impl Process {
    /// The process that has this number now.
    pub(crate) fn observe(pid: u32) -> Option<Self> {
        Self::of(pid).filter(|(state, _)| state != "Z").map(|(_, process)| process)
    }

    /// The same, also when it has ended and nobody has asked how; with its state.
    fn of(pid: u32) -> Option<(String, Self)> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The program's name is in parentheses and may itself hold spaces and parentheses.
        let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace();
        let state = fields.next()?.to_owned();
        let started = fields.nth(18)?.parse().ok()?;
        Some((state, Self { pid, started }))
    }

    /// The process that asks.
    pub(crate) fn myself() -> Option<Self> {
        Self::observe(std::process::id())
    }

    /// Whether exactly this process still runs.
    pub(crate) fn alive(self) -> bool {
        Self::observe(self.pid) == Some(self)
    }

    /// Ends it at once, and waits until its last thread has let go of what it held. The first thread alone says little: it is a zombie
    /// while others still hold files, and locks on them.
    pub(crate) fn end(self) -> Result<()> {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw) else { return Ok(()) };
        let Ok(held) = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) else { return Ok(()) };
        if Self::of(self.pid).is_none_or(|(_, now)| now != self) {
            return Ok(());
        }
        self.kill();
        let within = Duration::from_secs(60);
        let mut ended = [rustix::event::PollFd::new(&held, rustix::event::PollFlags::IN)];
        let timeout = rustix::event::Timespec { tv_sec: 60, tv_nsec: 0 };
        match rustix::io::retry_on_intr(|| rustix::event::poll(&mut ended, Some(&timeout))) {
            Ok(0) => Err(Error::Timeout { what: format!("the end of process {}", self.pid), within }),
            Ok(_) => Ok(()),
            Err(errno) => Err(errno).during(|| format!("wait for the end of process {}", self.pid)),
        }
    }

    /// Ends it at once. A process that is gone already is fine.
    pub(crate) fn kill(self) {
        if !self.alive() {
            return;
        }
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw) {
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
        }
    }
}
