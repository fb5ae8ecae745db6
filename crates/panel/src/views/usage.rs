//! What accounts use, as the client sees it.

use super::packages;
use nusantara_api::usage::{Pressure, Usage};
use nusantara_proto::host::AccountUsage;
use nusantara_types::{Limits, Timestamp};

/// What an account uses now.
pub(crate) fn now(usage: AccountUsage, limits: &Limits, measured_at: Timestamp) -> Usage {
    Usage {
        measured_at,
        cpu_usec: usage.cpu_usec,
        cpu_throttled_usec: usage.cpu_throttled_usec,
        memory_bytes: usage.memory_bytes,
        memory_peak_bytes: usage.memory_peak_bytes,
        oom_kills: usage.oom_kills,
        tasks: usage.tasks,
        io_read_bytes: usage.io_read_bytes,
        io_write_bytes: usage.io_write_bytes,
        pressure: usage.pressure.map(|p| Pressure { cpu: p.cpu, memory: p.memory, io: p.io }),
        disk_bytes: usage.disk_bytes,
        disk_files: usage.disk_files,
        disk_measured_at: usage.disk_measured_at,
        sent_bytes: usage.sent_bytes,
        limits: packages::limits(limits),
        sent_percent: usage.sent_percent,
        sites_paused: usage.sites_paused,
    }
}
