//! The visible steps of jobs.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::job_steps::{ActiveModel, Column, Entity, Model};
use crate::text_enum::text_enum;
use nusantara_types::{JobId, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

text_enum! {
    /// State of a step.
    StepState, "step state" {
        /// To come.
        Pending = "pending",
        /// Under way.
        Running = "running",
        /// Done.
        Success = "success",
        /// Failed.
        Failed = "failed",
        /// Was done, then taken back.
        Undone = "undone",
    }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRecord {
    /// Its place, from 0.
    pub position: u32,
    /// Stable name.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// Its state.
    pub state: StepState,
    /// What a tool said.
    pub message: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl TryFrom<Model> for StepRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            position: u32::try_from(row.position).unwrap_or_default(),
            state: StepState::parse(&row.state)?,
            name: row.name,
            summary: row.summary,
            message: row.message,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// Rows of one statement: eight parameters each stay well below 500.
const ROWS: usize = 50;

async fn list(db: &impl ConnectionTrait, job: JobId) -> Result<Vec<StepRecord>, StoreError> {
    let rows = Entity::find().filter(Column::JobId.eq(job.0)).order_by_asc(Column::Position).all(db).await?;
    rows.into_iter().map(StepRecord::try_from).collect()
}

impl Store {
    /// The steps of a job, in order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn step_list(&self, job: JobId) -> Result<Vec<StepRecord>, StoreError> {
        list(&self.reader, job).await
    }
}

impl Tx {
    /// The steps of a job, in order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn step_list(&self, job: JobId) -> Result<Vec<StepRecord>, StoreError> {
        list(&self.inner, job).await
    }

    /// Writes steps of any number of jobs, new or known, whole.
    ///
    /// # Errors
    /// What the database says.
    pub async fn step_put(&self, steps: &[(JobId, StepRecord)]) -> Result<(), StoreError> {
        for chunk in steps.chunks(ROWS) {
            let rows = chunk.iter().map(|(job, step)| ActiveModel {
                job_id: Set(job.0),
                position: Set(i32::try_from(step.position).unwrap_or(i32::MAX)),
                name: Set(step.name.clone()),
                summary: Set(step.summary.clone()),
                state: Set(step.state.as_str().to_owned()),
                message: Set(step.message.clone()),
                started_at: Set(step.started_at.map(micros)),
                finished_at: Set(step.finished_at.map(micros)),
            });
            let over = OnConflict::columns([Column::JobId, Column::Position])
                .update_columns([Column::Name, Column::Summary, Column::State, Column::Message, Column::StartedAt, Column::FinishedAt])
                .to_owned();
            Entity::insert_many(rows).on_conflict(over).exec_without_returning(&self.inner).await?;
        }
        Ok(())
    }

    /// Removes the steps of a job from `position` on: another list of steps took the place of a longer one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn step_cut(&self, job: JobId, position: u32) -> Result<(), StoreError> {
        let position = i32::try_from(position).unwrap_or(i32::MAX);
        Entity::delete_many().filter(Column::JobId.eq(job.0)).filter(Column::Position.gte(position)).exec(&self.inner).await?;
        Ok(())
    }
}
