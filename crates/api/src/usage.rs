//! What accounts use, now and over time.

use crate::packages::LimitsView;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// `GET /api/v1/accounts/{username}/usage`. Counters count from when the account last woke up and fall back to 0 with it: two
/// answers and their times make a rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// When this was so.
    pub measured_at: DateTime<Utc>,
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
    /// Share of the last 60 s in which something waited; null where the kernel does not measure it.
    pub pressure: Option<Pressure>,
    /// Bytes on disk.
    pub disk_bytes: Option<u64>,
    /// Files and folders; null where the file system does not count them.
    pub disk_files: Option<u64>,
    /// When the disk was measured; null when the file system counts by itself.
    pub disk_measured_at: Option<DateTime<Utc>>,
    /// Bytes sent to visitors this calendar month (UTC).
    pub sent_bytes: u64,
    /// Percent of the month's traffic that these are.
    pub sent_percent: u64,
    /// Whether its sites pause because that is used up: they answer 509 until the month ends or the limit is raised.
    pub sites_paused: bool,
    /// What it is measured against.
    pub limits: LimitsView,
}

/// Hundredths of a percent of the last 60 s in which something waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pressure {
    /// For CPU.
    pub cpu: u32,
    /// For memory.
    pub memory: u32,
    /// For disks.
    pub io: u32,
}

/// Query of `GET /api/v1/accounts/{username}/usage/history`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageHistoryQuery {
    /// How far back, 1 to 720 hours; 24 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 720)]
    pub hours: Option<u32>,
}

/// `GET /api/v1/accounts/{username}/usage/history`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageHistory {
    /// Seconds that each point stands for: 300, or more for a long look back.
    pub step_seconds: u32,
    /// Oldest first, one step apart, from the first that is known.
    pub points: Vec<UsagePoint>,
}

/// What an account used in one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsagePoint {
    /// The end of the step.
    pub at: DateTime<Utc>,
    /// Percent of one core, on average.
    pub cpu_percent: f64,
    /// Percent of the time for which it was held back by its CPU limit.
    pub cpu_throttled_percent: f64,
    /// Bytes of memory, at most.
    pub memory_bytes: u64,
    /// Processes and threads, at most.
    pub tasks: u64,
    /// Processes killed for want of memory.
    pub oom_kills: u64,
    /// Bytes read from disks each second, on average.
    pub io_read_bytes_per_second: u64,
    /// Bytes written to disks each second, on average.
    pub io_write_bytes_per_second: u64,
    /// Bytes on disk.
    pub disk_bytes: Option<u64>,
    /// Bytes sent to visitors.
    pub sent_bytes: u64,
}
