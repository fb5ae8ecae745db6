//! What the panel does by itself at set times, and what became of each time.

use crate::db::{Store, Tx, micros};
use crate::error::{StoreError, expect_one};
use crate::jobs::JobState;
use crate::rows::jobs;
use crate::rows::schedule_runs as runs;
use crate::rows::schedules::{ActiveModel, Column, Entity, Model};
use crate::text_enum::text_enum;
use nusantara_types::{Actor, JobId, Schedule, ScheduleId, ScheduleName, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

text_enum! {
    /// What is done about times that were missed.
    MissedPolicy, "missed policy" {
        /// Nothing.
        Skip = "skip",
        /// The last of them is made up for.
        Once = "once",
        /// All of them are made up for, one after the other, up to a number.
        All = "all",
    }
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRecord {
    /// Its id.
    pub id: ScheduleId,
    /// Its name.
    pub name: ScheduleName,
    /// What it does: a word of the panel's.
    pub task: String,
    /// When.
    pub cron: Schedule,
    /// By the clocks of which time zone.
    pub zone: String,
    /// By how many seconds a run may begin later, to spread work.
    pub jitter_seconds: u32,
    /// What is done about times that were missed.
    pub missed: MissedPolicy,
    /// With [`MissedPolicy::All`]: how many are made up for at most.
    pub catch_up: u32,
    /// Whether it runs by itself.
    pub enabled: bool,
    /// The first time that nothing has become of yet.
    pub next_due: Option<Timestamp>,
    /// The job of its last run.
    pub last_job: Option<JobId>,
    /// Who made it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Counts up with every change and every run.
    pub generation: u64,
}

/// What became of one time of a schedule, to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRun {
    /// The time.
    pub due_at: Timestamp,
    /// The job that was made for it; none when it was missed.
    pub job: Option<JobId>,
    /// Whether somebody asked for it.
    pub by_hand: bool,
    /// How many times were missed, of which this is the last.
    pub missed: u64,
}

/// What became of one time of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRun {
    /// What was written of it.
    pub slot: SlotRun,
    /// State of its job; none when there was none, or it is long over.
    pub state: Option<JobState>,
    /// When that was.
    pub created_at: Timestamp,
    /// When its job ended.
    pub finished_at: Option<Timestamp>,
}

impl TryFrom<Model> for ScheduleRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let corrupt = StoreError::corrupt;
        let cron = |e: nusantara_types::cron::ScheduleError| StoreError::Corrupt { what: "schedule", why: e.to_string() };
        Ok(Self {
            id: ScheduleId(row.id),
            name: row.name.parse().map_err(corrupt("schedule name"))?,
            task: row.task,
            cron: row.cron.parse().map_err(cron)?,
            zone: row.zone,
            jitter_seconds: u32::try_from(row.jitter_seconds).unwrap_or_default(),
            missed: MissedPolicy::parse(&row.missed)?,
            catch_up: u32::try_from(row.catch_up).unwrap_or_default(),
            enabled: row.enabled,
            next_due: row.next_due,
            last_job: row.last_job.map(JobId),
            created_by: row.created_by.parse().map_err(corrupt("schedule created_by"))?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            generation: u64::try_from(row.generation).unwrap_or_default(),
        })
    }
}

fn active(record: &ScheduleRecord) -> ActiveModel {
    let small = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    ActiveModel {
        id: Set(record.id.0),
        name: Set(record.name.to_string()),
        task: Set(record.task.clone()),
        cron: Set(record.cron.to_string()),
        zone: Set(record.zone.clone()),
        jitter_seconds: Set(small(record.jitter_seconds)),
        missed: Set(record.missed.as_str().to_owned()),
        catch_up: Set(small(record.catch_up)),
        enabled: Set(record.enabled),
        next_due: Set(record.next_due.map(micros)),
        last_job: Set(record.last_job.map(|job| job.0)),
        created_by: Set(record.created_by.as_str().to_owned()),
        created_at: Set(micros(record.created_at)),
        updated_at: Set(micros(record.updated_at)),
        generation: Set(i64::try_from(record.generation).unwrap_or(i64::MAX)),
    }
}

impl Store {
    /// Every schedule, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schedule_list(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        let rows = Entity::find().order_by_asc(Column::Name).all(&self.reader).await?;
        rows.into_iter().map(ScheduleRecord::try_from).collect()
    }

    /// One schedule.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schedule_get(&self, name: &ScheduleName) -> Result<Option<ScheduleRecord>, StoreError> {
        Entity::find().filter(Column::Name.eq(name.as_str())).one(&self.reader).await?.map(ScheduleRecord::try_from).transpose()
    }

    /// Schedules that are switched on and have a time at or before `now`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schedule_due(&self, now: Timestamp) -> Result<Vec<ScheduleRecord>, StoreError> {
        let due = Entity::find().filter(Column::Enabled.eq(true)).filter(Column::NextDue.lte(micros(now)));
        let rows = due.order_by_asc(Column::NextDue).all(&self.reader).await?;
        rows.into_iter().map(ScheduleRecord::try_from).collect()
    }

    /// What became of the times of a schedule, the last first, at most `limit`, of before `before`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schedule_runs(&self, id: ScheduleId, before: Option<Timestamp>, limit: u64) -> Result<Vec<ScheduleRun>, StoreError> {
        let mut select = runs::Entity::find().filter(runs::Column::ScheduleId.eq(id.0));
        if let Some(before) = before {
            select = select.filter(runs::Column::DueAt.lt(micros(before)));
        }
        let rows = select.order_by_desc(runs::Column::DueAt).limit(limit).all(&self.reader).await?;
        let ids = rows.iter().filter_map(|row| row.job_id);
        let ends: Vec<(uuid::Uuid, String, Option<Timestamp>)> = jobs::Entity::find()
            .select_only()
            .columns([jobs::Column::Id, jobs::Column::State, jobs::Column::FinishedAt])
            .filter(jobs::Column::Id.is_in(ids))
            .into_tuple()
            .all(&self.reader)
            .await?;
        let ends: HashMap<_, _> = ends.into_iter().map(|(id, state, at)| (id, (state, at))).collect();
        let run = |row: runs::Model| {
            let end = row.job_id.and_then(|job| ends.get(&job));
            Ok(ScheduleRun {
                state: end.map(|(state, _)| JobState::parse(state)).transpose()?,
                finished_at: end.and_then(|(_, at)| *at),
                created_at: row.created_at,
                slot: SlotRun {
                    due_at: row.due_at,
                    job: row.job_id.map(JobId),
                    by_hand: row.by_hand,
                    missed: u64::try_from(row.missed).unwrap_or_default(),
                },
            })
        };
        rows.into_iter().map(run).collect()
    }

    /// Removes what is written of times before `before`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schedule_runs_prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(runs::Entity::delete_many().filter(runs::Column::CreatedAt.lt(micros(before))).exec(&self.writer).await?.rows_affected)
    }
}

impl Tx {
    /// How many schedules there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schedule_count(&self) -> Result<u64, StoreError> {
        Ok(Entity::find().count(&self.inner).await?)
    }

    /// One schedule.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schedule_get(&self, name: &ScheduleName) -> Result<Option<ScheduleRecord>, StoreError> {
        Entity::find().filter(Column::Name.eq(name.as_str())).one(&self.inner).await?.map(ScheduleRecord::try_from).transpose()
    }

    /// Adds a schedule.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when there is one of this name.
    pub async fn schedule_insert(&self, record: &ScheduleRecord) -> Result<(), StoreError> {
        let insert = Entity::insert(active(record)).exec_without_returning(&self.inner).await;
        insert.map(|_| ()).map_err(StoreError::unique("name"))
    }

    /// Writes a schedule over the one of the generation that it names, and counts that up.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it was changed, or ran, meanwhile.
    pub async fn schedule_update(&self, record: &ScheduleRecord) -> Result<(), StoreError> {
        let generation = i64::try_from(record.generation).unwrap_or(i64::MAX);
        let mut row = active(record);
        row.generation = Set(generation + 1);
        let update = Entity::update_many().set(row).filter(Column::Id.eq(record.id.0)).filter(Column::Generation.eq(generation));
        expect_one(update.exec(&self.inner).await?.rows_affected, "the schedule")
    }

    /// Removes a schedule with its history.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when there is none.
    pub async fn schedule_delete(&self, id: ScheduleId) -> Result<(), StoreError> {
        expect_one(Entity::delete_by_id(id.0).exec(&self.inner).await?.rows_affected, "the schedule")
    }

    /// Names the job of a run that somebody asked for as the last one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn schedule_ran(&self, id: ScheduleId, job: JobId) -> Result<(), StoreError> {
        let ran = Entity::update_many()
            .col_expr(Column::LastJob, Expr::value(job.0))
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .filter(Column::Id.eq(id.0));
        expect_one(ran.exec(&self.inner).await?.rows_affected, "the schedule")
    }

    /// Writes what became of a time.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when something became of it already.
    pub async fn schedule_slot(&self, id: ScheduleId, slot: &SlotRun, now: Timestamp) -> Result<(), StoreError> {
        let row = runs::ActiveModel {
            schedule_id: Set(id.0),
            due_at: Set(micros(slot.due_at)),
            job_id: Set(slot.job.map(|job| job.0)),
            by_hand: Set(slot.by_hand),
            missed: Set(i64::try_from(slot.missed).unwrap_or(i64::MAX)),
            created_at: Set(micros(now)),
        };
        let insert = runs::Entity::insert(row).exec_without_returning(&self.inner).await;
        insert.map(|_| ()).map_err(StoreError::unique("time"))
    }
}
