//! Cron jobs: commands of an account that the host runs at set times.

use chrono::{DateTime, FixedOffset, Utc};
use nusantara_types::cron::{self as spec, CronCommand, CronEnd};
use nusantara_types::{CronJobName, Schedule};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// `POST /api/v1/accounts/{username}/cron`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCronJob {
    /// Its name: up to 31 lower-case letters, digits and hyphens, starting with a letter.
    #[schema(value_type = String, example = "backup")]
    pub name: CronJobName,
    /// When it runs: five fields as in crontab(5), or an @-word; in the host's time zone.
    #[schema(value_type = String, example = "30 2 * * SUN")]
    pub schedule: Schedule,
    /// What runs: one line, given to `/bin/sh -c` as it is. `%` means nothing.
    #[schema(value_type = String)]
    pub command: CronCommand,
    /// Minutes after which a run is ended, 1 to 1440.
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 1_440)]
    pub timeout_minutes: u32,
    /// Whether it runs by itself.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// `PUT /api/v1/accounts/{username}/cron/{name}`: the job as it shall be, but its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutCronJob {
    /// When it runs: five fields as in crontab(5), or an @-word; in the host's time zone.
    #[schema(value_type = String, example = "30 2 * * SUN")]
    pub schedule: Schedule,
    /// What runs: one line, given to `/bin/sh -c` as it is. `%` means nothing.
    #[schema(value_type = String)]
    pub command: CronCommand,
    /// Minutes after which a run is ended, 1 to 1440.
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 1_440)]
    pub timeout_minutes: u32,
    /// Whether it runs by itself.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn an_hour() -> u32 {
    60
}

const fn yes() -> bool {
    true
}

/// A job as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CronJob {
    /// Its name.
    pub name: String,
    /// When it runs, in the shortest form.
    #[schema(value_type = String)]
    pub schedule: Schedule,
    /// What runs.
    #[schema(value_type = String)]
    pub command: CronCommand,
    /// Minutes after which a run is ended.
    pub timeout_minutes: u32,
    /// Whether it runs by itself.
    pub enabled: bool,
    /// When it runs next, as the host says; null when it does not run by itself, or at boot.
    pub next_run: Option<DateTime<Utc>>,
    /// Since when it runs; null when it does not at the moment.
    pub running_since: Option<DateTime<Utc>>,
    /// Its last run that has ended.
    pub last_run: Option<CronRun>,
}

/// `GET /api/v1/accounts/{username}/cron`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CronJobList {
    /// In order of name.
    pub items: Vec<CronJob>,
    /// How many the account may have.
    pub limit: u32,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CronResult {
    /// By itself, with exit code 0.
    Success,
    /// By itself, with another exit code.
    Failed,
    /// By a signal.
    Killed,
    /// It took longer than it may.
    TimedOut,
    /// The account's memory did not suffice.
    OutOfMemory,
    /// It did not begin: its sandbox or its shell could not be had.
    NotStarted,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CronRun {
    /// Its name.
    pub id: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// How it ended.
    pub result: CronResult,
    /// Its exit code, when it ended by itself.
    pub exit_code: Option<u8>,
    /// The signal that ended it, such as `TERM`.
    pub signal: Option<String>,
}

/// `GET /api/v1/accounts/{username}/cron/{name}/runs`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CronRunList {
    /// Latest first; the last 50 are kept.
    pub items: Vec<CronRun>,
}

/// Query of `GET /api/v1/accounts/{username}/cron/{name}/output`.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CronOutputQuery {
    /// Which run: its `id`.
    #[param(value_type = String)]
    pub run: spec::CronRunId,
}

/// What a run wrote.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CronOutput {
    /// Its last lines, oldest first, each with its time; empty when the host's journal has let go of them. Text of strangers:
    /// show it, never interpret it.
    pub lines: Vec<String>,
}

/// Query of `GET /api/v1/cron/preview`.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CronPreviewQuery {
    /// Five fields as in crontab(5), or an @-word.
    #[param(value_type = String)]
    pub schedule: Schedule,
    /// How many runs, 1 to 100; 5 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 100)]
    pub count: Option<u32>,
}

/// When a schedule would run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CronPreview {
    /// The schedule in its shortest form.
    #[schema(value_type = String)]
    pub schedule: Schedule,
    /// The host's time zone, such as `Asia/Jakarta`.
    pub zone: String,
    /// The next runs, in the host's time; empty for `@reboot`.
    pub runs: Vec<DateTime<FixedOffset>>,
}

impl CreateCronJob {
    /// The job.
    #[must_use]
    pub fn job(self) -> spec::CronJob {
        let Self { name, schedule, command, timeout_minutes, enabled } = self;
        spec::CronJob { name, schedule, command, timeout_minutes, enabled }
    }
}

impl PutCronJob {
    /// The job under its name.
    #[must_use]
    pub fn named(self, name: CronJobName) -> spec::CronJob {
        let Self { schedule, command, timeout_minutes, enabled } = self;
        spec::CronJob { name, schedule, command, timeout_minutes, enabled }
    }
}

impl CronJob {
    /// What would have to be put to leave it as it is.
    #[must_use]
    pub fn settings(self) -> PutCronJob {
        let Self { schedule, command, timeout_minutes, enabled, .. } = self;
        PutCronJob { schedule, command, timeout_minutes, enabled }
    }
}

impl From<spec::CronRun> for CronRun {
    fn from(run: spec::CronRun) -> Self {
        let spec::CronRun { id, started_at, ended_at, end } = run;
        let (result, exit_code, signal) = match end {
            CronEnd::Exit(0) => (CronResult::Success, Some(0), None),
            CronEnd::Exit(code) => (CronResult::Failed, Some(code), None),
            CronEnd::Signal(name) => (CronResult::Killed, None, Some(name)),
            CronEnd::Timeout {} => (CronResult::TimedOut, None, None),
            CronEnd::OutOfMemory {} => (CronResult::OutOfMemory, None, None),
            CronEnd::NotStarted {} => (CronResult::NotStarted, None, None),
        };
        Self { id: id.into(), started_at, ended_at, result, exit_code, signal }
    }
}
