//! Everything at once, as one JSON object.

use crate::disk::{self, FileSystem};
use crate::system::{self, OsRelease};
use crate::usage::{self, CpuTime, Load, Memory};
use crate::{Result, php};
use nusantara_types::{PhpVersion, Timestamp};
use serde::Serialize;

/// A host at one moment. Sizes are bytes, times seconds, shares percent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Observation {
    /// When, UTC.
    pub timestamp: Timestamp,
    /// Which boot of the host.
    pub boot_id: String,
    /// Seconds since that boot.
    pub uptime_seconds: u64,
    /// The host's name.
    pub hostname: String,
    /// The distribution.
    pub os: OsRelease,
    /// The kernel's release.
    pub kernel: String,
    /// The machine type.
    pub architecture: String,
    /// How many processors.
    pub processors: usize,
    /// How busy they were between the two looks of [`Observation::take`], 0 to 100 for all together.
    pub cpu_percent: f64,
    /// Load averages.
    pub load: Load,
    /// Memory.
    pub memory: Memory,
    /// File systems on disks.
    pub file_systems: Vec<FileSystem>,
    /// cgroup v2 controllers that limits can bind through.
    pub cgroup_controllers: Vec<String>,
    /// PHP branches with FPM.
    pub php: Vec<PhpVersion>,
}

impl Observation {
    /// Looks at this host. `earlier` is an own look at the processors, some time ago: their use is measured between the two.
    ///
    /// # Errors
    /// When procfs is not there or os-release is not readable.
    pub fn take(now: Timestamp, earlier: CpuTime) -> Result<Self> {
        Ok(Self {
            timestamp: now,
            boot_id: usage::boot_id()?,
            uptime_seconds: usage::uptime_seconds()?,
            hostname: system::hostname(),
            os: system::os_release()?,
            kernel: system::kernel(),
            architecture: system::architecture(),
            processors: usage::processors(),
            // A tenth is more than two looks this close can tell.
            cpu_percent: (CpuTime::now()?.percent_since(earlier) * 10.0).round() / 10.0,
            load: usage::load()?,
            memory: usage::memory()?,
            file_systems: disk::file_systems()?,
            cgroup_controllers: system::cgroup_controllers(),
            php: php::branches(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_types::{Clock, SystemClock};

    #[test]
    fn an_observation_is_one_flat_json_object() {
        let json = serde_json::to_value(Observation::take(SystemClock.now(), CpuTime::now().unwrap()).unwrap()).unwrap();
        assert!(
            json["file_systems"][0]["free_bytes"].is_u64() && json["os"]["id"].is_string() && json["load"]["one"].is_number(),
            "{json}"
        );
    }
}
