//! Schedules: what the panel does by itself at set times.

use crate::accounts::ActionState;
use crate::jobs::JobState;
use chrono::{DateTime, Utc};
use nusantara_types::{Schedule as Cron, ScheduleName};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What a schedule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleTask {
    /// Brings the host and all accounts to what their files say.
    Converge,
    /// Looks at all accounts for what is not as it should be, and changes nothing.
    DriftLook,
    /// Compares the panel's list of accounts with the host's.
    IndexCompare,
    /// Has the end of the audit trail sealed.
    AuditSeal,
    /// Walks the whole audit trail; fails where it does not hold.
    AuditVerify,
    /// Removes what is over: sessions, old samples, jobs of long ago.
    Tidy,
}

impl ScheduleTask {
    /// Every task.
    pub const ALL: [Self; 6] = [Self::Converge, Self::DriftLook, Self::IndexCompare, Self::AuditSeal, Self::AuditVerify, Self::Tidy];

    /// Its stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Converge => "converge",
            Self::DriftLook => "drift_look",
            Self::IndexCompare => "index_compare",
            Self::AuditSeal => "audit_seal",
            Self::AuditVerify => "audit_verify",
            Self::Tidy => "tidy",
        }
    }
}

/// What is done about times that were missed: because no panel ran, or because the last run was not over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Nothing; the history says so.
    #[default]
    Skip,
    /// The last of them is made up for.
    Once,
    /// All of them are made up for, one after the other, up to `catch_up`.
    All,
}

/// A schedule as it shall be, but its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutSchedule {
    /// What it does.
    pub task: ScheduleTask,
    /// When: five fields as in crontab(5), or a word such as `@daily`; not `@reboot`.
    #[schema(value_type = String, example = "30 2 * * SUN")]
    pub cron: Cron,
    /// By the clocks of this time zone. A time that they skip does not come; one that they repeat comes once.
    #[serde(default = "utc")]
    #[schema(example = "Asia/Jakarta")]
    pub zone: String,
    /// By how many seconds a run may begin later, by chance, 0 to 3600.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 3_600)]
    pub jitter_seconds: u32,
    /// What is done about times that were missed.
    #[serde(default)]
    pub missed: Missed,
    /// With `all`: how many are made up for at most, 1 to 100.
    #[serde(default = "ten")]
    #[schema(minimum = 1, maximum = 100)]
    pub catch_up: u32,
    /// Whether it runs by itself.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// `POST /api/v1/schedules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSchedule {
    /// Its name: up to 31 lower-case letters, digits and hyphens, starting with a letter.
    #[schema(value_type = String, example = "nightly-look")]
    pub name: ScheduleName,
    /// What it does.
    pub task: ScheduleTask,
    /// When: five fields as in crontab(5), or a word such as `@daily`; not `@reboot`.
    #[schema(value_type = String, example = "30 2 * * SUN")]
    pub cron: Cron,
    /// By the clocks of this time zone. A time that they skip does not come; one that they repeat comes once.
    #[serde(default = "utc")]
    #[schema(example = "Asia/Jakarta")]
    pub zone: String,
    /// By how many seconds a run may begin later, by chance, 0 to 3600.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 3_600)]
    pub jitter_seconds: u32,
    /// What is done about times that were missed.
    #[serde(default)]
    pub missed: Missed,
    /// With `all`: how many are made up for at most, 1 to 100.
    #[serde(default = "ten")]
    #[schema(minimum = 1, maximum = 100)]
    pub catch_up: u32,
    /// Whether it runs by itself.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn utc() -> String {
    "UTC".to_owned()
}

const fn ten() -> u32 {
    10
}

const fn yes() -> bool {
    true
}

impl CreateSchedule {
    /// Its name, and the rest.
    #[must_use]
    pub fn parts(self) -> (ScheduleName, PutSchedule) {
        let Self { name, task, cron, zone, jitter_seconds, missed, catch_up, enabled } = self;
        (name, PutSchedule { task, cron, zone, jitter_seconds, missed, catch_up, enabled })
    }
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// What it does; null when another version of the panel made it, which this one does not know.
    pub task: Option<ScheduleTask>,
    /// When, in the shortest form.
    #[schema(value_type = String)]
    pub cron: Cron,
    /// By the clocks of this time zone.
    pub zone: String,
    /// By how many seconds a run may begin later.
    pub jitter_seconds: u32,
    /// What is done about times that were missed.
    pub missed: Missed,
    /// With `all`: how many are made up for at most.
    pub catch_up: u32,
    /// Whether it runs by itself.
    pub enabled: bool,
    /// The next time; null when it does not run by itself.
    pub next_due: Option<DateTime<Utc>>,
    /// Its last time.
    pub last_run: Option<ScheduleRun>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it.
    pub actions: ScheduleActions,
}

/// What the caller may do with a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleActions {
    /// Change it.
    pub update: ActionState,
    /// Run it now.
    pub run: ActionState,
    /// Remove it.
    pub delete: ActionState,
}

/// What became of one time of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleRun {
    /// The time.
    pub due_at: DateTime<Utc>,
    /// Its job; null when it was missed.
    pub job: Option<Uuid>,
    /// State of the job; null when it was missed, or is long over.
    pub state: Option<JobState>,
    /// Whether somebody asked for it.
    pub by_hand: bool,
    /// How many times were missed, of which this is the last; 0 when it ran.
    pub missed: u64,
    /// When the job was made, or it was seen to be missed.
    pub created_at: DateTime<Utc>,
    /// When the job ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// `GET /api/v1/schedules`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ScheduleList {
    /// By name.
    pub items: Vec<Schedule>,
    /// Whether the caller may make one.
    pub create: ActionState,
}

/// Query of `GET /api/v1/schedules/preview`.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SchedulePreviewQuery {
    /// Five fields as in crontab(5), or a word such as `@daily`.
    #[param(value_type = String)]
    pub cron: Cron,
    /// By the clocks of this time zone; UTC when absent.
    #[serde(default = "utc")]
    pub zone: String,
    /// How many, 1 to 100; 5 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 100)]
    pub count: Option<u32>,
}

/// When a schedule would run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SchedulePreview {
    /// The cron text in its shortest form.
    #[schema(value_type = String)]
    pub cron: Cron,
    /// The time zone.
    pub zone: String,
    /// The next times.
    pub runs: Vec<DateTime<Utc>>,
}
