//! What an account uses.

use nusantara_types::Timestamp;
use serde::{Deserialize, Serialize};

/// What an account uses. Counters count from when its slice came up and fall back to 0 with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountUsage {
    /// Microseconds of CPU.
    pub cpu_usec: u64,
    /// Microseconds for which it was held back by its CPU limit.
    pub cpu_throttled_usec: u64,
    /// Bytes of memory now.
    pub memory_bytes: u64,
    /// The most there were.
    pub memory_peak_bytes: Option<u64>,
    /// Processes killed for want of memory.
    pub oom_kills: u64,
    /// Processes and threads now.
    pub tasks: u64,
    /// Bytes read from disks.
    pub io_read_bytes: u64,
    /// Bytes written to disks.
    pub io_write_bytes: u64,
    /// Share of the last 60 s in which something waited for CPU, memory or disk: hundredths of a percent each; absent where the
    /// kernel does not measure it.
    pub pressure: Option<Pressure>,
    /// Bytes on disk.
    pub disk_bytes: Option<u64>,
    /// Files and folders; absent where the file system does not count them.
    pub disk_files: Option<u64>,
    /// When the disk was measured; absent when the file system counts by itself.
    pub disk_measured_at: Option<Timestamp>,
    /// Bytes sent to visitors this calendar month (UTC).
    pub sent_bytes: u64,
    /// Percent of the month's traffic that these are.
    pub sent_percent: u64,
    /// Whether its sites pause now because of that.
    pub sites_paused: bool,
    /// Whether they should; where this differs, [`super::Operation::TrafficEnforce`] is due.
    pub pause_due: bool,
}

/// Pressure stall information (kernel.org, "PSI").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pressure {
    /// CPU.
    pub cpu: u32,
    /// Memory.
    pub memory: u32,
    /// Disk.
    pub io: u32,
}
