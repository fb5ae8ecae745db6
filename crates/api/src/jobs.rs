//! Jobs: durable work with visible steps.

use crate::accounts::ActionState;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Points at a job.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct JobRef {
    /// Its id.
    pub id: Uuid,
}

/// 202 to a change of something that belongs to an account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct JobAccepted {
    /// The job that does the work.
    pub job: JobRef,
}

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a worker.
    Queued,
    /// Under way.
    Running,
    /// Done.
    Success,
    /// Failed; what was done is undone.
    Failed,
    /// Stopped on request.
    Cancelled,
}

impl JobState {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Cancelled)
    }
}

/// State of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStepState {
    /// To come.
    Pending,
    /// Under way.
    Running,
    /// Done.
    Success,
    /// Failed.
    Failed,
    /// Was done, then taken back.
    Undone,
}

/// A step of a job.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct JobStep {
    /// Its place, from 0.
    pub position: u32,
    /// Stable name, such as `user.create`.
    pub name: String,
    /// One line in English.
    pub summary: String,
    /// State.
    pub state: JobStepState,
    /// What a tool said, or what is being waited for.
    pub message: Option<String>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Why a job failed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct JobError {
    /// Stable code, such as `config_refused`.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What the refusing tool said.
    pub detail: Option<String>,
}

/// A job.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Id.
    pub id: Uuid,
    /// What it does: `account.create`, `account.delete`, `site.create`, `site.update`, `site.protect`, `site.delete`,
    /// `alias.create`, `alias.delete`, `php.update`, `app.put`, `app.restart`, `app.delete`, `ftp.create`, `ftp.update`, `ftp.delete`,
    /// `database.create`, `database.delete`, `database_user.create`, `database_user.update`, `database_user.password`,
    /// `database_user.delete`.
    pub kind: String,
    /// State.
    pub state: JobState,
    /// `account`, `site`, `alias` or `app`.
    pub target_type: String,
    /// Name of the account, domain or app.
    pub target: String,
    /// The account it belongs to.
    pub account: Option<String>,
    /// Who asked.
    pub created_by: String,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
    /// When a worker took it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<JobError>,
    /// Its steps, in order. Lists leave them out.
    pub steps: Vec<JobStep>,
    /// Counts up with every change; the SSE event id.
    pub generation: u64,
    /// When it was asked to stop.
    pub cancel_at: Option<DateTime<Utc>>,
    /// What the caller may do with it.
    pub actions: JobActions,
}

/// What the caller may do with a job.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct JobActions {
    /// Stop it.
    pub cancel: ActionState,
}

/// Query of `GET /api/v1/jobs`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobQuery {
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only this account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Only in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub state: Option<JobState>,
}
