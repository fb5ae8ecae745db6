//! How busy a host is: processors, memory, load, time since boot.

use crate::{FactsError, Result};
use procfs::{Current, CurrentSI};
use serde::Serialize;

/// Time that all processors together have spent since boot, in clock ticks (1/100 s on Linux). proc_stat(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTime {
    /// Doing something.
    pub busy: u64,
    /// Altogether.
    pub total: u64,
}

impl CpuTime {
    /// What all processors have spent until now.
    ///
    /// # Errors
    /// When `/proc/stat` cannot be read.
    pub fn now() -> Result<Self> {
        let all = procfs::KernelStats::current().map_err(|e| FactsError::new("/proc/stat", e))?.total;
        // Guest time is counted in user time already. Waiting for a disk is idle time; what the hypervisor took is not ours.
        let idle = all.idle + all.iowait.unwrap_or(0);
        let busy = all.user + all.nice + all.system + all.irq.unwrap_or(0) + all.softirq.unwrap_or(0) + all.steal.unwrap_or(0);
        Ok(Self { busy, total: busy + idle })
    }

    /// Busy share of the time since `earlier`, 0 to 100; 0 when no tick has passed.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "ticks between two samples are far below 2^52")]
    pub fn percent_since(self, earlier: Self) -> f64 {
        let total = self.total.saturating_sub(earlier.total);
        let busy = self.busy.saturating_sub(earlier.busy).min(total);
        if total == 0 { 0.0 } else { busy as f64 * 100.0 / total as f64 }
    }
}

/// How many processors there are.
#[must_use]
pub fn processors() -> usize {
    procfs::KernelStats::current().map_or(1, |stats| stats.cpu_time.len().max(1))
}

/// Memory in bytes. proc_meminfo(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// All of it.
    pub total_bytes: u64,
    /// What programs could still have without swapping: free, and held for caches that can be dropped.
    pub available_bytes: u64,
    /// All swap space.
    pub swap_total_bytes: u64,
    /// Free swap space.
    pub swap_free_bytes: u64,
}

/// Memory now.
///
/// # Errors
/// When `/proc/meminfo` cannot be read.
pub fn memory() -> Result<Memory> {
    let info = procfs::Meminfo::current().map_err(|e| FactsError::new("/proc/meminfo", e))?;
    Ok(Memory {
        total_bytes: info.mem_total,
        available_bytes: info.mem_available.unwrap_or(info.mem_free),
        swap_total_bytes: info.swap_total,
        swap_free_bytes: info.swap_free,
    })
}

/// Processes that run or wait for a disk, averaged. proc_loadavg(5).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Load {
    /// Over one minute.
    pub one: f32,
    /// Over five minutes.
    pub five: f32,
    /// Over fifteen minutes.
    pub fifteen: f32,
}

/// Load now.
///
/// # Errors
/// When `/proc/loadavg` cannot be read.
pub fn load() -> Result<Load> {
    let load = procfs::LoadAverage::current().map_err(|e| FactsError::new("/proc/loadavg", e))?;
    Ok(Load { one: load.one, five: load.five, fifteen: load.fifteen })
}

/// Whole seconds since boot.
///
/// # Errors
/// When `/proc/uptime` cannot be read.
pub fn uptime_seconds() -> Result<u64> {
    let uptime = procfs::Uptime::current().map_err(|e| FactsError::new("/proc/uptime", e))?;
    Ok(uptime.uptime_duration().as_secs())
}

/// Names this boot of this host: changes with every reboot, so that counters are not compared across one.
///
/// # Errors
/// When `/proc/sys/kernel/random/boot_id` cannot be read.
pub fn boot_id() -> Result<String> {
    const PATH: &str = "/proc/sys/kernel/random/boot_id";
    Ok(std::fs::read_to_string(PATH).map_err(|e| FactsError::new(PATH, e))?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busy_share_lies_between_nothing_and_all() {
        let at = |busy, total| CpuTime { busy, total };
        assert!((at(50, 200).percent_since(at(0, 100)) - 50.0).abs() < 1e-9);
        assert!(at(5, 10).percent_since(at(5, 10)).abs() < 1e-9);
        // Some kernels let counters step back when a processor goes offline.
        assert!(at(0, 5).percent_since(at(10, 10)).abs() < 1e-9);
        assert!((at(40, 20).percent_since(at(0, 0)) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn this_machine_is_observed() {
        assert!(processors() >= 1);
        let memory = memory().unwrap();
        assert!(memory.total_bytes > memory.available_bytes && memory.available_bytes > 0);
        assert!(load().unwrap().one >= 0.0);
        assert!(CpuTime::now().unwrap().total > 0 && uptime_seconds().unwrap() > 0);
        assert_eq!(boot_id().unwrap().len(), 36);
    }
}
