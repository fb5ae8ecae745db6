//! systemd, over D-Bus (org.freedesktop.systemd1(5)). Typed calls only; no `systemctl`, no text to parse.

mod bus;
mod install;
mod jobs;
mod service;
mod sessions;

use crate::{HostError, HostErrorKind, Result};
use bus::{Bus, ServiceProxy, SliceProxy, TimerProxy, UnitProxy, call, unit_path};
use jobs::Verb;
use nusantara_types::{END_ACCOUNT_UID, FIRST_ACCOUNT_UID};
pub use service::ServiceState;
use std::path::PathBuf;
use std::time::Duration;
use zbus::proxy::CacheProperties;

/// Where homes are; I/O limits bind on the disk below it.
const IO_PATH: &str = "/home";
/// systemd's "infinity".
const NONE: u64 = u64::MAX;
const MIB: u64 = 1024 * 1024;

/// The resource envelope of an account, as limits.json has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceLimits {
    /// CPU in percent of one core; becomes `CPUQuota`.
    pub cpu_percent: u32,
    /// Memory in MiB; becomes `MemoryMax`.
    pub memory_mb: u64,
    /// Processes and threads; becomes `TasksMax`.
    pub tasks: u32,
    /// MiB per second, each for reading and writing, on the file system of `/home`; becomes `IOReadBandwidthMax`, `IOWriteBandwidthMax`.
    pub io_mb_s: u32,
}

/// What a slice has. A field is `None` where nothing is set (systemd's "infinity"), or where reading and writing differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ObservedSlice {
    /// `CPUQuota`, percent of one core.
    pub cpu_percent: Option<u32>,
    /// `MemoryMax`, MiB.
    pub memory_mb: Option<u64>,
    /// `TasksMax`.
    pub tasks: Option<u32>,
    /// Bandwidth, MiB per second.
    pub io_mb_s: Option<u32>,
}

impl ObservedSlice {
    /// Whether this is what `wanted` asks for.
    #[must_use]
    pub fn matches(&self, wanted: &SliceLimits) -> bool {
        self.cpu_percent == Some(wanted.cpu_percent)
            && self.memory_mb == Some(wanted.memory_mb)
            && self.tasks == Some(wanted.tasks)
            && self.io_mb_s == Some(wanted.io_mb_s)
    }
}

/// Signals this crate sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Read the configuration again.
    Hup,
    /// Reopen logs (nginx), or reload gracefully (php-fpm: USR2).
    Usr1,
    /// php-fpm: reload.
    Usr2,
    /// End gracefully (nginx, php-fpm).
    Quit,
    /// End.
    Term,
    /// End now.
    Kill,
}

/// A unit as the manager lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitStatus {
    /// Full name.
    pub name: String,
    /// `loaded`, `not-found`, `masked`, …
    pub load_state: String,
    /// `active`, `inactive`, `failed`, `activating`, …
    pub active_state: String,
    /// The unit type's own state, such as `listening` or `running`.
    pub sub_state: String,
}

impl Signal {
    fn number(self) -> i32 {
        use rustix::process::Signal as Kernel;
        match self {
            Self::Hup => Kernel::HUP,
            Self::Usr1 => Kernel::USR1,
            Self::Usr2 => Kernel::USR2,
            Self::Quit => Kernel::QUIT,
            Self::Term => Kernel::TERM,
            Self::Kill => Kernel::KILL,
        }
        .as_raw()
    }
}

/// Whether a unit is started at boot, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enablement {
    /// Links are there.
    Enabled,
    /// They are not.
    Disabled,
    /// There is no such unit file.
    Missing,
}

/// A connection to the system's manager. Cheap to clone; connects again by itself when the bus was restarted.
#[derive(Debug, Clone)]
pub struct Systemd {
    bus: Bus,
}

/// A proxy of one of a unit's interfaces, which caches nothing: what it answers is what is.
macro_rules! unit {
    ($proxy:ident, $manager:ident, $unit:expr) => {
        $proxy::builder($manager.inner().connection()).path(unit_path($unit)).cache_properties(CacheProperties::No).build().await
    };
}

impl Systemd {
    /// Connects to the system bus.
    ///
    /// # Errors
    /// [`HostErrorKind::Io`] when there is no bus.
    pub async fn connect() -> Result<Self> {
        Ok(Self { bus: Bus::connect().await? })
    }

    /// systemd's version number, such as 252.
    ///
    /// # Errors
    /// [`HostErrorKind::Tool`] with systemd's words, as for every call below; [`HostErrorKind::Io`] when the bus is gone and does not
    /// come back.
    pub async fn version(&self) -> Result<u32> {
        const WHAT: &str = "ask systemd for its version";
        let text: String = call!(self.bus, WHAT, |m| m.version())?;
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().map_err(|_| HostError::new(HostErrorKind::Tool, WHAT).detail(text))
    }

    /// Sets and keeps the limits of `user-<uid>.slice` (drop-ins of systemd's own below `/etc/systemd/system.control`). No reload.
    ///
    /// # Errors
    /// As [`Systemd::version`]; [`HostErrorKind::Refused`] for a uid outside the hosting range.
    pub async fn set_slice(&self, uid: u32, limits: &SliceLimits) -> Result<()> {
        let slice = slice(uid)?;
        let bandwidth = vec![(IO_PATH, u64::from(limits.io_mb_s) * MIB)];
        let properties = [
            // Microseconds of CPU time per second.
            ("CPUQuotaPerSecUSec", zbus::Variant::from(u64::from(limits.cpu_percent) * 10_000)),
            ("MemoryMax", zbus::Variant::from(limits.memory_mb * MIB)),
            ("TasksMax", zbus::Variant::from(u64::from(limits.tasks))),
            ("IOReadBandwidthMax", zbus::Variant::from(&bandwidth)),
            ("IOWriteBandwidthMax", zbus::Variant::from(&bandwidth)),
        ];
        call!(self.bus, format!("set the limits of {slice}"), |m| m.set_unit_properties(&slice, false, &properties))?;
        // systemd does not fsync what it writes, and an empty drop-in after a power cut would mean no limit at all.
        let folder = drop_ins(&slice);
        crate::blocking::run(move || crate::replace::sync_dir_flat_now(&folder)).await
    }

    /// The limits `user-<uid>.slice` has now. What was never set is `None`, except for `tasks`: Debian gives every user's slice a
    /// third of the machine's.
    ///
    /// # Errors
    /// As [`Systemd::set_slice`].
    pub async fn slice_limits(&self, uid: u32) -> Result<ObservedSlice> {
        let name = slice(uid)?;
        call!(self.bus, format!("read the limits of {name}"), |m| observe_slice(&m, &name))
    }

    /// Stops `user-<uid>.slice` with everything in it and forgets its limits. Nothing set is success.
    ///
    /// # Errors
    /// As [`Systemd::set_slice`], [`HostErrorKind::Timeout`].
    pub async fn revert_slice(&self, uid: u32) -> Result<()> {
        let slice = slice(uid)?;
        self.stop(&slice).await?;
        // Not through RevertUnitFiles: since version 253 that makes systemd say of every unit that it needs a reload. A stopped
        // slice is unloaded, and reads what is on disk when it is loaded again.
        crate::replace::remove_dir_flat(drop_ins(&slice)).await
    }

    /// Stops `user-<uid>.slice`: every process of the account's sessions and services ends (SIGTERM, then SIGKILL). Waits for it.
    ///
    /// # Errors
    /// As [`Systemd::set_slice`], [`HostErrorKind::Timeout`].
    pub async fn stop_slice(&self, uid: u32) -> Result<()> {
        self.stop(&slice(uid)?).await
    }

    /// Enables and starts a unit of ours (its file or template lies in `/etc/systemd/system`) and waits for the start job. Already
    /// so is success. Reloads the manager only when it says that the unit changed on disk after it was loaded.
    ///
    /// # Errors
    /// As [`Systemd::version`]; [`HostErrorKind::Tool`] when the job did not end in `done`, [`HostErrorKind::NotFound`] when there
    /// is no such unit, [`HostErrorKind::Refused`] for a name that is none, [`HostErrorKind::Timeout`].
    pub async fn enable_now(&self, unit: &str) -> Result<()> {
        install::enable(unit).await?;
        self.refresh(unit).await?;
        self.start(unit).await
    }

    /// Starts a unit of ours, again when it runs, waits until it has started, and enables it. Reloads the manager when the unit
    /// changed on disk after it was loaded; a failure of before is forgotten.
    ///
    /// # Errors
    /// As [`Systemd::enable_now`]. It is not enabled then.
    pub async fn restart_and_enable(&self, unit: &str) -> Result<()> {
        self.make_ready(unit).await?;
        self.start(unit).await?;
        install::enable(unit).await
    }

    /// As [`Systemd::restart_and_enable`], without waiting for anything to be well.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn restart_and_enable_no_wait(&self, unit: &str) -> Result<()> {
        self.make_ready(unit).await?;
        self.start_no_wait(unit).await?;
        install::enable(unit).await
    }

    /// Makes systemd read a unit again when it changed on disk after it was loaded.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn refresh(&self, unit: &str) -> Result<()> {
        let stale = call!(self.bus, format!("look at {unit}"), |m| async { unit!(UnitProxy, m, unit)?.need_daemon_reload().await })?;
        if stale { self.daemon_reload().await } else { Ok(()) }
    }

    /// Enables a unit of ours and leaves it as it is until the next boot.
    ///
    /// # Errors
    /// As [`Systemd::enable_now`].
    pub async fn enable(&self, unit: &str) -> Result<()> {
        install::enable(unit).await
    }

    /// When a timer elapses next, in microseconds since 1970; `None` when it waits for nothing.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn next_elapse(&self, timer: &str) -> Result<Option<u64>> {
        let usec =
            call!(self.bus, format!("look at {timer}"), |m| async { unit!(TimerProxy, m, timer)?.next_elapse_usec_realtime().await })?;
        Ok(Some(usec).filter(|usec| !matches!(*usec, 0 | NONE)))
    }

    /// When a service's main process began and ended, in microseconds since 1970; 0 for what has not happened.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn run_span(&self, unit: &str) -> Result<(u64, u64)> {
        call!(self.bus, format!("look at {unit}"), |m| async {
            let service = unit!(ServiceProxy, m, unit)?;
            tokio::try_join!(service.exec_main_start_timestamp(), service.exec_main_exit_timestamp())
        })
    }

    /// Stopped first: a unit that nothing else needs is forgotten then, and read anew from disk without a reload.
    async fn make_ready(&self, unit: &str) -> Result<()> {
        self.stop(unit).await?;
        self.reset_failed(unit).await?;
        self.refresh(unit).await
    }

    /// Takes a unit of ours out of what starts at boot, and leaves it running. Not being there is success.
    ///
    /// # Errors
    /// [`HostErrorKind::Refused`] for a name that is none, else what the kernel says.
    pub async fn disable(&self, unit: &str) -> Result<()> {
        install::disable(unit).await
    }

    /// How a service is.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn service_state(&self, unit: &str) -> Result<ServiceState> {
        call!(self.bus, format!("look at {unit}"), |m| service::state(&m, unit))
    }

    /// What a service last said about itself (`STATUS=` of sd_notify(3)); empty when it said nothing.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn status_text(&self, unit: &str) -> Result<String> {
        call!(self.bus, format!("look at {unit}"), |m| async { unit!(ServiceProxy, m, unit)?.status_text().await })
    }

    /// Disables and stops a unit of ours and waits for the stop job. Not being there is success. Clears a failed state.
    ///
    /// # Errors
    /// As [`Systemd::enable_now`].
    pub async fn disable_now(&self, unit: &str) -> Result<()> {
        install::disable(unit).await?;
        self.stop(unit).await?;
        self.reset_failed(unit).await
    }

    /// Starts a unit and waits for it.
    ///
    /// # Errors
    /// As [`Systemd::enable_now`].
    pub async fn start(&self, unit: &str) -> Result<()> {
        jobs::run(&self.bus, Verb::Start, unit).await
    }

    /// Runs a unit that ends by itself, anew when it runs, as its text on disk now says, and waits for its end.
    ///
    /// # Errors
    /// As [`Systemd::enable_now`].
    pub async fn run_to_end(&self, unit: &str, patience: Duration) -> Result<()> {
        self.make_ready(unit).await?;
        jobs::run_within(&self.bus, Verb::Start, unit, patience).await
    }

    /// Asks a running service to read its configuration again, and waits until that is asked. One that does not run reads it when it
    /// starts.
    ///
    /// # Errors
    /// As [`Systemd::enable_now`].
    pub async fn reload_if_active(&self, unit: &str) -> Result<()> {
        if self.is_active(unit).await? { jobs::run(&self.bus, Verb::Reload, unit).await } else { Ok(()) }
    }

    /// Stops a unit and waits for it. Not being there is success.
    ///
    /// # Errors
    /// As [`Systemd::enable_now`].
    pub async fn stop(&self, unit: &str) -> Result<()> {
        missing_is_fine(jobs::run(&self.bus, Verb::Stop, unit).await)
    }

    /// Has a unit read its configuration again, or starts it, and waits for it.
    ///
    /// # Errors
    /// As [`Systemd::enable_now`].
    pub async fn reload(&self, unit: &str) -> Result<()> {
        jobs::run(&self.bus, Verb::Reload, unit).await
    }

    /// Queues a start and returns.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn start_no_wait(&self, unit: &str) -> Result<()> {
        call!(self.bus, format!("start {unit}"), |m| m.start_unit(unit, "replace")).map(drop)
    }

    /// Whether a unit is active now. One that is not known is not.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn is_active(&self, unit: &str) -> Result<bool> {
        let state = call!(self.bus, format!("look at {unit}"), |m| async { unit!(UnitProxy, m, unit)?.active_state().await })?;
        Ok(matches!(state.as_str(), "active" | "reloading"))
    }

    /// Whether a unit of ours is enabled. Reads the disk, not systemd.
    ///
    /// # Errors
    /// [`HostErrorKind::Refused`] for a name that is none, else what the kernel says.
    pub async fn enablement(&self, unit: &str) -> Result<Enablement> {
        install::state(unit).await
    }

    /// The processes in a unit's cgroup (and below), each with its number and its command line, quoted for reading; none when it
    /// is not running.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn unit_processes(&self, unit: &str) -> Result<Vec<(u32, String)>> {
        match call!(self.bus, format!("list the processes of {unit}"), |m| m.get_unit_processes(unit)) {
            Ok(processes) => Ok(processes.into_iter().map(|(_, pid, line)| (pid, line)).collect()),
            Err(e) if e.kind == HostErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(e),
        }
    }

    /// The main process of a service; `None` when it does not run.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn main_pid(&self, unit: &str) -> Result<Option<u32>> {
        let pid = call!(self.bus, format!("look at {unit}"), |m| async { unit!(ServiceProxy, m, unit)?.main_pid().await })?;
        Ok(Some(pid).filter(|pid| *pid != 0))
    }

    /// Sends a signal to the main process of a service: by unit, so never to a number that another process has by now.
    ///
    /// # Errors
    /// As [`Systemd::version`]; [`HostErrorKind::NotFound`] when it does not run.
    pub async fn kill_main(&self, unit: &str, signal: Signal) -> Result<()> {
        call!(self.bus, format!("signal {unit}"), |m| m.kill_unit(unit, "main", signal.number()))
    }

    /// Loaded units whose name matches a glob such as `nusantara-php8.2@*.service`.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn list_units(&self, pattern: &str) -> Result<Vec<UnitStatus>> {
        self.list_units_of(&[pattern]).await
    }

    /// Loaded units whose name matches one of some globs.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn list_units_of(&self, patterns: &[&str]) -> Result<Vec<UnitStatus>> {
        let units = call!(self.bus, "list units", |m| m.list_units_by_patterns(&[], patterns))?;
        let status =
            |(name, _, load_state, active_state, sub_state, ..): bus::ListedUnit| UnitStatus { name, load_state, active_state, sub_state };
        Ok(units.into_iter().map(status).collect())
    }

    /// Forgets that a unit failed. Not being there is success.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn reset_failed(&self, unit: &str) -> Result<()> {
        missing_is_fine(call!(self.bus, format!("clear the failure of {unit}"), |m| m.reset_failed_unit(unit)))
    }

    /// Reads all unit files again. Slow with many units: only for changed templates.
    ///
    /// # Errors
    /// As [`Systemd::version`].
    pub async fn daemon_reload(&self) -> Result<()> {
        call!(self.bus, "reload systemd's unit files", |m| m.reload())
    }
}

fn slice(uid: u32) -> Result<String> {
    if (FIRST_ACCOUNT_UID..END_ACCOUNT_UID).contains(&uid) {
        Ok(format!("user-{uid}.slice"))
    } else {
        Err(HostError::refused(format!("touch user-{uid}.slice"), format!("the uid {uid} is not one of a hosting account")))
    }
}

/// Where systemd keeps what SetUnitProperties sets for good.
fn drop_ins(unit: &str) -> PathBuf {
    PathBuf::from(format!("/etc/systemd/system.control/{unit}.d"))
}

async fn observe_slice(manager: &bus::ManagerProxy<'_>, name: &str) -> zbus::Result<ObservedSlice> {
    let slice = unit!(SliceProxy, manager, name)?;
    let (cpu, memory, tasks, read, write) = tokio::try_join!(
        slice.cpu_quota_per_sec_usec(),
        slice.memory_max(),
        slice.tasks_max(),
        slice.io_read_bandwidth_max(),
        slice.io_write_bandwidth_max()
    )?;
    let set = |value: u64, unit: u64| (value != NONE).then_some(value / unit);
    let bandwidth = |limits: &[(String, u64)]| limits.iter().find(|(path, _)| path == IO_PATH).and_then(|(_, n)| set(*n, MIB));
    let small = |value: Option<u64>| value.and_then(|n| u32::try_from(n).ok());
    Ok(ObservedSlice {
        cpu_percent: small(set(cpu, 10_000)),
        memory_mb: set(memory, MIB),
        tasks: small(set(tasks, 1)),
        io_mb_s: small(bandwidth(&read).filter(|n| bandwidth(&write) == Some(*n))),
    })
}

fn missing_is_fine<T: Default>(result: Result<T>) -> Result<()> {
    match result {
        Err(e) if e.kind != HostErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
