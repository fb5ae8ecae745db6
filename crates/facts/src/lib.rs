//! Read-only, unprivileged observation of a host: what it is ([`system`]), what is installed ([`php`]), how busy it is
//! ([`usage`]), what one group of processes uses ([`cgroup`]), how full its disks are ([`disk`]).
//!
//! Nothing here changes anything, needs root, waits for the network or starts a process. Calls block for as long as the kernel
//! takes to fill a page of procfs; only [`disk`] can take longer, on a network file system that is gone.

pub mod cgroup;
pub mod disk;
mod error;
pub mod observation;
pub mod php;
pub mod system;
pub mod usage;

pub use error::{FactsError, Result};
pub use observation::Observation;
