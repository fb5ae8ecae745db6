//! Cron jobs: how they are, and what became of their runs.

use nusantara_types::cron::{CronJobName, CronRun, CronRunId};
use nusantara_types::{Timestamp, Username};
use serde::{Deserialize, Serialize};

/// How a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CronState {
    /// Its name.
    pub name: CronJobName,
    /// When it runs next, as systemd says; `None` when it does not run by itself, or at boot.
    pub next: Option<Timestamp>,
    /// Since when it runs; `None` when it does not at the moment.
    pub running_since: Option<Timestamp>,
    /// Its last run that has ended.
    pub last: Option<CronRun>,
}

/// Arguments of [`Operation::CronOutput`](super::Operation::CronOutput).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CronOutput {
    /// Whose.
    pub username: Username,
    /// Which job.
    pub name: CronJobName,
    /// Which run.
    pub run: CronRunId,
}

/// When a schedule would run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CronTimes {
    /// The host's time zone, such as `Asia/Jakarta`.
    pub zone: String,
    /// The next runs, in order, with the zone's distance from UTC at that time; none for `@reboot`.
    pub runs: Vec<chrono::DateTime<chrono::FixedOffset>>,
}
