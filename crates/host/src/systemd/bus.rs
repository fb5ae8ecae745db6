//! The D-Bus calls that are used, the connection they go over, and what their errors mean here.

use crate::{HostError, HostErrorKind, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use zbus::OwnedObjectPath;
use zbus::proxy::CacheProperties;

/// Longest wait for the answer to one call. A reload of the manager with thousands of units takes seconds.
const CALL: Duration = Duration::from_secs(120);

/// Pause and number of tries while the bus is being restarted.
const LOST_PAUSE: Duration = Duration::from_millis(250);
const LOST_TRIES: u32 = 20;

/// Calls under way at a time, each of up to five questions. dbus-daemon(1) owes a connection 128 answers at most
/// (`max_replies_per_connection`) and refuses what goes beyond.
const AT_ONCE: usize = 24;

/// What ListUnitsByPatterns tells of a unit: name, description, load, active and sub state, whom it follows, object, job id, job
/// type, job object.
pub(super) type ListedUnit = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
pub(super) trait Manager {
    fn start_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn reload_or_restart_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn stop_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn reload_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn kill_unit(&self, name: &str, whom: &str, signal: i32) -> zbus::Result<()>;
    fn reset_failed_unit(&self, name: &str) -> zbus::Result<()>;
    fn set_unit_properties(&self, name: &str, runtime: bool, properties: &[(&str, zbus::Variant<'_>)]) -> zbus::Result<()>;
    fn get_unit_processes(&self, name: &str) -> zbus::Result<Vec<(String, u32, String)>>;
    fn list_units_by_patterns(&self, states: &[&str], patterns: &[&str]) -> zbus::Result<Vec<ListedUnit>>;
    fn reload(&self) -> zbus::Result<()>;

    #[zbus(signal)]
    fn job_removed(&self, id: u32, job: OwnedObjectPath, unit: String, result: String) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> zbus::Result<String>;
}

#[zbus::proxy(interface = "org.freedesktop.systemd1.Unit", default_service = "org.freedesktop.systemd1")]
pub(super) trait Unit {
    #[zbus(property)]
    fn active_state(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn load_state(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn sub_state(&self) -> zbus::Result<String>;
    /// Microseconds since 1970.
    #[zbus(property)]
    fn state_change_timestamp(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn need_daemon_reload(&self) -> zbus::Result<bool>;
}

#[zbus::proxy(interface = "org.freedesktop.systemd1.Service", default_service = "org.freedesktop.systemd1")]
pub(super) trait Service {
    #[zbus(property, name = "MainPID")]
    fn main_pid(&self) -> zbus::Result<u32>;
    #[zbus(property, name = "NRestarts")]
    fn n_restarts(&self) -> zbus::Result<u32>;
    /// Microseconds since 1970.
    #[zbus(property)]
    fn exec_main_start_timestamp(&self) -> zbus::Result<u64>;
    /// Microseconds since 1970.
    #[zbus(property)]
    fn exec_main_exit_timestamp(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn memory_current(&self) -> zbus::Result<u64>;
    /// `CLD_EXITED`, `CLD_KILLED`, `CLD_DUMPED` of waitid(2); 0 while it has not ended.
    #[zbus(property)]
    fn exec_main_code(&self) -> zbus::Result<i32>;
    #[zbus(property)]
    fn exec_main_status(&self) -> zbus::Result<i32>;
    #[zbus(property)]
    fn result(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn status_text(&self) -> zbus::Result<String>;
}

#[zbus::proxy(interface = "org.freedesktop.systemd1.Timer", default_service = "org.freedesktop.systemd1")]
pub(super) trait Timer {
    /// Microseconds since 1970; 0 when it waits for nothing.
    #[zbus(property, name = "NextElapseUSecRealtime")]
    fn next_elapse_usec_realtime(&self) -> zbus::Result<u64>;
}

#[zbus::proxy(interface = "org.freedesktop.systemd1.Slice", default_service = "org.freedesktop.systemd1")]
pub(super) trait Slice {
    #[zbus(property, name = "CPUQuotaPerSecUSec")]
    fn cpu_quota_per_sec_usec(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn memory_max(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn tasks_max(&self) -> zbus::Result<u64>;
    #[zbus(property, name = "IOReadBandwidthMax")]
    fn io_read_bandwidth_max(&self) -> zbus::Result<Vec<(String, u64)>>;
    #[zbus(property, name = "IOWriteBandwidthMax")]
    fn io_write_bandwidth_max(&self) -> zbus::Result<Vec<(String, u64)>>;
}

/// The connection, made again when it is lost.
#[derive(Debug, Clone)]
pub(super) struct Bus {
    manager: Arc<Mutex<Option<ManagerProxy<'static>>>>,
    turns: Arc<Semaphore>,
}

impl Bus {
    pub(super) async fn connect() -> Result<Self> {
        let bus = Self { manager: Arc::new(Mutex::new(None)), turns: Arc::new(Semaphore::new(AT_ONCE)) };
        bus.manager().await?;
        Ok(bus)
    }

    /// Waits until the bus takes another call; it is over when what this answers is dropped. Nobody waits for a second turn while
    /// holding one.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // An error would mean that the semaphore was closed, which nobody does.
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// The manager over a connection that is not known to be lost.
    pub(super) async fn manager(&self) -> Result<ManagerProxy<'static>> {
        let mut slot = self.manager.lock().await;
        if let Some(manager) = slot.as_ref().filter(|m| !m.inner().connection().is_closed()) {
            return Ok(manager.clone());
        }
        // A bus that was there is being restarted; one that never was is an error at once.
        let mut tries = if slot.is_some() { LOST_TRIES } else { 0 };
        loop {
            match fresh().await {
                Ok(manager) => {
                    *slot = Some(manager.clone());
                    return Ok(manager);
                }
                Err(e) if tries == 0 => return Err(HostError::new(HostErrorKind::Io, "connect to the system bus").detail(e.to_string())),
                Err(_) => tokio::time::sleep(LOST_PAUSE).await,
            }
            tries -= 1;
        }
    }
}

async fn fresh() -> zbus::Result<ManagerProxy<'static>> {
    let connection = zbus::connection::Builder::system().method_timeout(CALL).build().await?;
    ManagerProxy::builder(&connection).cache_properties(CacheProperties::No).build().await
}

/// The object of a unit. systemd loads a unit whose object is asked for, so no call has to load it first.
pub(super) fn unit_path(name: &str) -> String {
    use std::fmt::Write;
    let mut path = String::from("/org/freedesktop/systemd1/unit/");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            path.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(path, "_{byte:02x}");
        }
    }
    path
}

/// Whether the bus went away, so that the same call may be sent again: every call of this module may be repeated.
pub(super) fn is_lost(error: &zbus::Error) -> bool {
    match error {
        zbus::Error::InputOutput(io) => io.kind() != std::io::ErrorKind::TimedOut,
        // After the bus was restarted it takes systemd a moment to be back on it.
        zbus::Error::FDO(fdo) => matches!(
            **fdo,
            zbus::fdo::Error::Disconnected(_)
                | zbus::fdo::Error::NameHasNoOwner(_)
                | zbus::fdo::Error::ServiceUnknown(_)
                | zbus::fdo::Error::NoReply(_)
        ),
        _ => false,
    }
}

/// Whether systemd does not know the unit, or the unit has no process.
pub(super) fn is_missing(error: &zbus::Error) -> bool {
    match error {
        zbus::Error::MethodError(name, _, _) => {
            matches!(
                name.as_str(),
                "org.freedesktop.systemd1.NoSuchUnit" | "org.freedesktop.systemd1.NoSuchProcess" | "org.freedesktop.systemd1.LoadFailed"
            )
        }
        zbus::Error::FDO(fdo) => matches!(**fdo, zbus::fdo::Error::FileNotFound(_)),
        _ => false,
    }
}

/// The error for a call that did not do `what`.
pub(super) fn explain(what: impl Into<String>, error: &zbus::Error) -> HostError {
    let kind = match error {
        _ if is_missing(error) => HostErrorKind::NotFound,
        _ if is_lost(error) => HostErrorKind::Io,
        _ => HostErrorKind::Tool,
    };
    let said = match error {
        zbus::Error::MethodError(_, Some(text), _) => text.clone(),
        other => other.to_string(),
    };
    HostError::new(kind, what).detail(said)
}

/// Counts how often a call has met a lost bus.
#[derive(Debug, Default)]
pub(super) struct Retry(u32);

impl Retry {
    /// Whether to send the call again: the bus was lost, and not for longer than about five seconds. Pauses before it says yes.
    pub(super) async fn again(&mut self, error: &zbus::Error) -> bool {
        self.0 += 1;
        let again = is_lost(error) && self.0 <= LOST_TRIES;
        if again {
            tokio::time::sleep(LOST_PAUSE).await;
        }
        again
    }
}

/// Runs one call, again over a new connection when the old one was lost.
macro_rules! call {
    ($bus:expr, $what:expr, |$manager:ident| $call:expr) => {{
        let mut retry = crate::systemd::bus::Retry::default();
        loop {
            let $manager = $bus.manager().await?;
            let answer = {
                let _turn = $bus.turn().await;
                $call.await
            };
            match answer {
                Err(e) if retry.again(&e).await => {}
                other => break other.map_err(|e| crate::systemd::bus::explain($what, &e)),
            }
        }
    }};
}
pub(super) use call;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_names_are_escaped_as_systemd_does() {
        assert_eq!(unit_path("user-12000.slice"), "/org/freedesktop/systemd1/unit/user_2d12000_2eslice");
        assert_eq!(unit_path("a@b.socket"), "/org/freedesktop/systemd1/unit/a_40b_2esocket");
    }
}
