//! Durable work. A running job is leased: whoever holds the lease may write it, and everybody else sees from the lease's end
//! when it may be taken up again. Every change that a watcher can see counts `generation` up.

use crate::db::{Store, Tx, micros};
use crate::error::{StoreError, expect_one};
use crate::members::granted;
use crate::page::Scope;
use crate::rows::jobs::{ActiveModel, Column, Entity, Model};
use crate::text_enum::text_enum;
use nusantara_types::{Actor, JobId, RequestId, Timestamp, Username};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, SqlErr};
use serde_json::Value;
use std::collections::HashSet;

text_enum! {
    /// State of a job.
    JobState, "job state" {
        /// Waiting for a worker.
        Queued = "queued",
        /// Leased by a worker.
        Running = "running",
        /// Done.
        Success = "success",
        /// Failed.
        Failed = "failed",
        /// Stopped on request.
        Cancelled = "cancelled",
    }
}

impl JobState {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Cancelled)
    }
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailure {
    /// Stable code.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// What the refusing tool said.
    pub detail: Option<String>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: String,
    /// Its state.
    pub state: JobState,
    /// Kind of thing it is about.
    pub target_type: String,
    /// Which thing.
    pub target: String,
    /// The account it belongs to.
    pub account: Option<Username>,
    /// Who asked.
    pub created_by: Actor,
    /// The id under which the host daemon knows the work; the same in every attempt.
    pub request: RequestId,
    /// What its flow needs to know; never secrets.
    pub payload: Value,
    /// How often a worker took it.
    pub attempts: u32,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When a worker first took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Why it failed.
    pub failure: Option<JobFailure>,
    /// Counts up with every visible change.
    pub generation: u64,
}

/// A job to be queued.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: &'a str,
    /// Kind of thing it is about.
    pub target_type: &'a str,
    /// Which thing.
    pub target: &'a str,
    /// The account it belongs to: one job of an account runs at a time.
    pub account: Option<&'a Username>,
    /// Who asked.
    pub created_by: &'a Actor,
    /// The id under which the host daemon will know the work.
    pub request: RequestId,
    /// What its flow needs to know; never secrets.
    pub payload: Value,
}

/// The right to write a running job, until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The job as it was when taken.
    pub job: JobRecord,
    /// Who took it.
    pub owner: String,
}

/// Which jobs a list is about.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only this account's.
    pub account: Option<Username>,
    /// Only in this state.
    pub state: Option<JobState>,
    /// Only older ones than this.
    pub before: Option<JobId>,
}

impl TryFrom<Model> for JobRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let corrupt = StoreError::corrupt;
        let failure =
            row.error_code.map(|code| JobFailure { code, message: row.error_message.unwrap_or_default(), detail: row.error_detail });
        Ok(Self {
            id: JobId(row.id),
            state: JobState::parse(&row.state)?,
            kind: row.kind,
            target_type: row.target_type,
            target: row.target,
            account: row.account.map(|a| a.parse()).transpose().map_err(corrupt("job account"))?,
            created_by: row.created_by.parse().map_err(corrupt("job created_by"))?,
            request: RequestId(row.request_id),
            payload: serde_json::from_str(&row.payload).map_err(|e| StoreError::Corrupt { what: "job payload", why: e.to_string() })?,
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            failure,
            generation: u64::try_from(row.generation).unwrap_or_default(),
        })
    }
}

fn visible(scope: Scope) -> Select<Entity> {
    match scope {
        Scope::All => Entity::find(),
        Scope::Member { user, permission } => Entity::find().filter(Column::Account.in_subquery(granted(user, permission))),
    }
}

/// Rows that `owner` holds the lease of.
fn held(owner: &str) -> Condition {
    Condition::all().add(Column::LeaseOwner.eq(owner)).add(Column::State.eq(JobState::Running.as_str()))
}

impl Store {
    /// Jobs within `scope` and `filter`, newest first, at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_list(&self, scope: Scope, filter: &JobFilter, limit: u64) -> Result<Vec<JobRecord>, StoreError> {
        let mut select = visible(scope);
        if let Some(account) = &filter.account {
            select = select.filter(Column::Account.eq(account.as_str()));
        }
        if let Some(state) = filter.state {
            select = select.filter(Column::State.eq(state.as_str()));
        }
        if let Some(before) = filter.before {
            select = select.filter(Column::Id.lt(before.0));
        }
        let rows = select.order_by_desc(Column::Id).limit(limit).all(&self.reader).await?;
        rows.into_iter().map(JobRecord::try_from).collect()
    }

    /// The requests of all jobs that have not ended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_requests_under_way(&self) -> Result<HashSet<RequestId>, StoreError> {
        let states = [JobState::Queued.as_str(), JobState::Running.as_str()];
        let select = Entity::find().select_only().column(Column::RequestId).filter(Column::State.is_in(states));
        let ids: Vec<uuid::Uuid> = select.into_tuple().all(&self.reader).await?;
        Ok(ids.into_iter().map(RequestId).collect())
    }

    /// One job within `scope`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_get(&self, scope: Scope, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        visible(scope).filter(Column::Id.eq(id.0)).one(&self.reader).await?.map(JobRecord::try_from).transpose()
    }

    /// Takes the oldest job that is due: one that waits, or one whose lease ran out. Skips accounts that have a running job.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_claim(&self, owner: &str, now: Timestamp, until: Timestamp) -> Result<Option<Claim>, StoreError> {
        let now = micros(now);
        let busy = Query::select().column(Column::ClaimKey).from(Entity).and_where(Column::ClaimKey.is_not_null()).take();
        let free = Condition::any().add(Column::Account.is_null()).add(Column::Account.not_in_subquery(busy));
        let waiting = Condition::all().add(Column::State.eq(JobState::Queued.as_str())).add(Column::RunAfter.lte(now)).add(free);
        let orphaned = Condition::all().add(Column::State.eq(JobState::Running.as_str())).add(Column::LeaseUntil.lt(now));
        let due = Entity::find().filter(Condition::any().add(waiting).add(orphaned)).order_by_asc(Column::Id).limit(32);
        // The look and the grab are two statements without a transaction around them: the generation says whether somebody
        // else was quicker, and the claim key whether another job of the account was.
        for row in due.all(&self.reader).await? {
            let key = row.account.clone().unwrap_or_else(|| row.id.to_string());
            let grab = Entity::update_many()
                .col_expr(Column::State, Expr::value(JobState::Running.as_str()))
                .col_expr(Column::ClaimKey, Expr::value(key))
                .col_expr(Column::LeaseOwner, Expr::value(owner))
                .col_expr(Column::LeaseUntil, Expr::value(micros(until)))
                .col_expr(Column::StartedAt, Expr::value(row.started_at.unwrap_or(now)))
                .col_expr(Column::Attempts, Expr::value(row.attempts + 1))
                .col_expr(Column::Generation, Expr::value(row.generation + 1))
                .filter(Column::Id.eq(row.id))
                .filter(Column::Generation.eq(row.generation));
            match grab.exec(&self.writer).await {
                Ok(done) if done.rows_affected == 1 => {
                    let mut job = JobRecord::try_from(row)?;
                    job.state = JobState::Running;
                    job.started_at.get_or_insert(now);
                    job.attempts += 1;
                    job.generation += 1;
                    return Ok(Some(Claim { job, owner: owner.to_owned() }));
                }
                Ok(_) => {}
                Err(e) if matches!(e.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(None)
    }

    /// Extends the leases of these jobs and returns those that `owner` still holds.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_heartbeat(&self, owner: &str, jobs: &[JobId], until: Timestamp) -> Result<Vec<JobId>, StoreError> {
        let mine = held(owner).add(Column::Id.is_in(jobs.iter().map(|j| j.0)));
        let extend = Entity::update_many().col_expr(Column::LeaseUntil, Expr::value(micros(until))).filter(mine.clone());
        extend.exec(&self.writer).await?;
        let ids: Vec<uuid::Uuid> = Entity::find().select_only().column(Column::Id).filter(mine).into_tuple().all(&self.writer).await?;
        Ok(ids.into_iter().map(JobId).collect())
    }

    /// Ends the leases of every owner whose name starts with `family`, so that their jobs are due at once. For the start and
    /// the end of a process: no other process of its family is alive then.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_release(&self, family: &str, now: Timestamp) -> Result<u64, StoreError> {
        let past = micros(now) - chrono::TimeDelta::microseconds(1);
        let release = Entity::update_many()
            .col_expr(Column::LeaseUntil, Expr::value(past))
            .filter(Column::LeaseOwner.starts_with(family))
            .filter(Column::State.eq(JobState::Running.as_str()));
        Ok(release.exec(&self.writer).await?.rows_affected)
    }
}

impl Tx {
    /// Queues a job, due at once.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_insert(&self, job: &NewJob<'_>, now: Timestamp) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(job.id.0),
            kind: Set(job.kind.to_owned()),
            state: Set(JobState::Queued.as_str().to_owned()),
            target_type: Set(job.target_type.to_owned()),
            target: Set(job.target.to_owned()),
            account: Set(job.account.map(ToString::to_string)),
            created_by: Set(job.created_by.as_str().to_owned()),
            request_id: Set(job.request.0),
            payload: Set(job.payload.to_string()),
            attempts: Set(0),
            run_after: Set(micros(now)),
            lease_owner: Set(None),
            lease_until: Set(None),
            claim_key: Set(None),
            created_at: Set(micros(now)),
            started_at: Set(None),
            finished_at: Set(None),
            error_code: Set(None),
            error_message: Set(None),
            error_detail: Set(None),
            generation: Set(1),
        };
        Entity::insert(row).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// How many jobs of an account have not ended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_unfinished(&self, account: &Username) -> Result<u64, StoreError> {
        let open = [JobState::Queued.as_str(), JobState::Running.as_str()];
        let jobs = Entity::find().filter(Column::Account.eq(account.as_str())).filter(Column::State.is_in(open));
        Ok(jobs.count(&self.inner).await?)
    }

    /// Counts up the generation of those of `jobs` that `owner` still holds, and returns them: only their steps may be written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_touch(&self, owner: &str, jobs: &[JobId]) -> Result<Vec<JobId>, StoreError> {
        let mine = held(owner).add(Column::Id.is_in(jobs.iter().map(|j| j.0)));
        let touch = Entity::update_many().col_expr(Column::Generation, Expr::col(Column::Generation).add(1)).filter(mine.clone());
        touch.exec(&self.inner).await?;
        let ids: Vec<uuid::Uuid> = Entity::find().select_only().column(Column::Id).filter(mine).into_tuple().all(&self.inner).await?;
        Ok(ids.into_iter().map(JobId).collect())
    }

    /// Ends a job, and forgets what it was asked to do: that may hold what is nobody else's business, such as the environment of an
    /// app. What the audit trail says about it stays.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the lease is lost.
    pub async fn job_finish(&self, claim: &Claim, failure: Option<&JobFailure>, now: Timestamp) -> Result<(), StoreError> {
        let state = if failure.is_some() { JobState::Failed } else { JobState::Success };
        let end = Entity::update_many()
            .col_expr(Column::State, Expr::value(state.as_str()))
            .col_expr(Column::Payload, Expr::value("null"))
            .col_expr(Column::FinishedAt, Expr::value(micros(now)))
            .col_expr(Column::ErrorCode, Expr::value(failure.map(|f| f.code.as_str())))
            .col_expr(Column::ErrorMessage, Expr::value(failure.map(|f| f.message.as_str())))
            .col_expr(Column::ErrorDetail, Expr::value(failure.and_then(|f| f.detail.as_deref())));
        self.job_let_go(claim, end).await
    }

    /// Puts a job back, to be taken again from `run_after` on.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the lease is lost.
    pub async fn job_retry(&self, claim: &Claim, run_after: Timestamp) -> Result<(), StoreError> {
        let wait = Entity::update_many()
            .col_expr(Column::State, Expr::value(JobState::Queued.as_str()))
            .col_expr(Column::RunAfter, Expr::value(micros(run_after)));
        self.job_let_go(claim, wait).await
    }

    async fn job_let_go(&self, claim: &Claim, update: sea_orm::UpdateMany<Entity>) -> Result<(), StoreError> {
        let update = update
            .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
            .col_expr(Column::LeaseUntil, Expr::value(None::<Timestamp>))
            .col_expr(Column::ClaimKey, Expr::value(None::<String>))
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .filter(Column::Id.eq(claim.job.id.0))
            .filter(Column::Attempts.eq(i32::try_from(claim.job.attempts).unwrap_or(i32::MAX)))
            .filter(held(&claim.owner));
        expect_one(update.exec(&self.inner).await?.rows_affected, "the job")
    }
}
