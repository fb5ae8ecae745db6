//! Durable work. A running job is leased: whoever holds the lease may write it, and everybody else sees from the lease's end
//! when it may be taken up again. Every change that a watcher can see counts `generation` up.
//!
//! What is written of a running job names its owner and its attempt, which counts up each time it is taken: whoever lost the lease
//! without knowing it, by having slept too long, writes nothing.

use crate::db::{Store, Tx, micros};
use crate::error::{StoreError, expect_one};
use crate::members::granted;
use crate::page::Scope;
use crate::rows::jobs::{ActiveModel, Column, Entity, Model};
use crate::text_enum::text_enum;
use chrono::TimeDelta;
use nusantara_types::{Actor, JobId, RequestId, Timestamp, Username};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, SqlErr};
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
    /// Whether nobody waits for it.
    pub background: bool,
    /// When it was asked to stop.
    pub cancel_at: Option<Timestamp>,
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
    /// Whether nobody waits for it: others are taken before it, and keep places that it may not have.
    pub background: bool,
}

/// Who takes jobs, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub struct Taker<'a> {
    /// The process.
    pub owner: &'a str,
    /// Jobs that run at once, over all processes.
    pub at_once: u32,
    /// For how long a job that is reserved for a process waits for it.
    pub patience: TimeDelta,
}

impl Taker<'_> {
    /// Places that jobs nobody waits for may have: three of four.
    const fn background(self) -> u32 {
        if self.at_once < 4 { self.at_once } else { self.at_once - self.at_once / 4 }
    }
}

/// A job that runs, as whoever runs it names it: the number says which attempt.
pub type Held = (JobId, u32);

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
            background: row.background,
            cancel_at: row.cancel_at,
        })
    }
}

fn visible(scope: Scope) -> Select<Entity> {
    match scope {
        Scope::All => Entity::find(),
        Scope::Member { user, permission } => Entity::find().filter(Column::Account.in_subquery(granted(user, permission))),
    }
}

/// Rows that `owner` holds the lease of, in these attempts.
fn held(owner: &str, jobs: &[Held]) -> Condition {
    let attempt = |(job, attempt): &Held| {
        Condition::all().add(Column::Id.eq(job.0)).add(Column::Attempts.eq(i32::try_from(*attempt).unwrap_or(i32::MAX)))
    };
    let any = jobs.iter().map(attempt).fold(Condition::any(), Condition::add);
    Condition::all().add(Column::LeaseOwner.eq(owner)).add(Column::State.eq(JobState::Running.as_str())).add(any)
}

async fn still_held(db: &impl ConnectionTrait, mine: Condition) -> Result<Vec<Held>, StoreError> {
    let rows: Vec<(uuid::Uuid, i32)> =
        Entity::find().select_only().columns([Column::Id, Column::Attempts]).filter(mine).into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(id, attempts)| (JobId(id), u32::try_from(attempts).unwrap_or_default())).collect())
}

/// Whether the database ended one of several transactions that waited for each other. MariaDB does so where two take what is next to
/// each other in an index.
fn is_deadlock(error: &sea_orm::DbErr) -> bool {
    use sea_orm::RuntimeErr::SqlxError;
    let (sea_orm::DbErr::Exec(SqlxError(error)) | sea_orm::DbErr::Query(SqlxError(error))) = error else { return false };
    error.as_database_error().and_then(|e| e.code()).is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}

/// What is written of a job that ends.
fn ended(state: JobState, failure: Option<&JobFailure>, now: Timestamp) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::Payload, Expr::value("null"))
        .col_expr(Column::FinishedAt, Expr::value(micros(now)))
        .col_expr(Column::ErrorCode, Expr::value(failure.map(|f| f.code.as_str())))
        .col_expr(Column::ErrorMessage, Expr::value(failure.map(|f| f.message.as_str())))
        .col_expr(Column::ErrorDetail, Expr::value(failure.and_then(|f| f.detail.as_deref())))
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

    /// Takes a job that is due: one that waits, or one whose lease ran out. Those that somebody waits for come first, then the oldest.
    /// Skips accounts that have a running job, and takes none beyond the most that may run at once, wherever they run.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_claim(&self, taker: Taker<'_>, now: Timestamp, until: Timestamp) -> Result<Option<Claim>, StoreError> {
        let now = micros(now);
        // Somebody else may be quicker: the look and the grab are two statements without a transaction around them. The generation
        // says so, and two keys that are unique: the account's, and the number of the place. Then it is looked again.
        for _ in 0..8 {
            let taken: Vec<i32> =
                Entity::find().select_only().column(Column::Slot).filter(Column::Slot.is_not_null()).into_tuple().all(&self.reader).await?;
            let free = |slot: &u32| !taken.iter().any(|taken| u32::try_from(*taken) == Ok(*slot));
            let (quiet, any) = ((0..taker.background()).find(free), (0..taker.at_once).rev().find(free));
            let Some(row) = self.job_due(taker, quiet.is_some(), any.is_some(), now).await? else { return Ok(None) };
            let slot = row.slot.or(if row.background { quiet } else { any }.and_then(|slot| i32::try_from(slot).ok()));
            if let Some(claim) = self.job_grab(row, taker.owner, slot, now, micros(until)).await? {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    /// What would be taken next, where there is a place for it.
    async fn job_due(&self, taker: Taker<'_>, quiet: bool, any: bool, now: Timestamp) -> Result<Option<Model>, StoreError> {
        let orphaned = Condition::all().add(Column::State.eq(JobState::Running.as_str())).add(Column::LeaseUntil.lt(now));
        let mut due = Condition::any().add(orphaned);
        if any {
            let busy = Query::select().column(Column::ClaimKey).from(Entity).and_where(Column::ClaimKey.is_not_null()).take();
            let idle = Condition::any().add(Column::Account.is_null()).add(Column::Account.not_in_subquery(busy));
            // A job that nobody has begun is due whenever the clock of whoever queued it thought so.
            let time = Condition::any().add(Column::Attempts.eq(0)).add(Column::RunAfter.lte(now));
            let reserved = Condition::any()
                .add(Column::ReservedFor.is_null())
                .add(Column::ReservedFor.eq(taker.owner))
                .add(Column::RunAfter.lt(now - taker.patience));
            let waiting = Condition::all().add(Column::State.eq(JobState::Queued.as_str())).add(time).add(idle).add(reserved);
            due = due.add(if quiet { waiting } else { waiting.add(Column::Background.eq(false)) });
        }
        let first = Entity::find().filter(due).order_by_asc(Column::Background).order_by_asc(Column::Id);
        Ok(first.one(&self.reader).await?)
    }

    async fn job_grab(
        &self,
        row: Model,
        owner: &str,
        slot: Option<i32>,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Claim>, StoreError> {
        let key = row.account.clone().unwrap_or_else(|| row.id.to_string());
        let grab = Entity::update_many()
            .col_expr(Column::State, Expr::value(JobState::Running.as_str()))
            .col_expr(Column::ClaimKey, Expr::value(key))
            .col_expr(Column::Slot, Expr::value(slot))
            .col_expr(Column::LeaseOwner, Expr::value(owner))
            .col_expr(Column::LeaseUntil, Expr::value(until))
            .col_expr(Column::StartedAt, Expr::value(row.started_at.unwrap_or(now)))
            .col_expr(Column::Attempts, Expr::value(row.attempts + 1))
            .col_expr(Column::Generation, Expr::value(row.generation + 1))
            .filter(Column::Id.eq(row.id))
            .filter(Column::Generation.eq(row.generation));
        // A heartbeat extends the lease and is no change that anybody sees, so the generation alone would not show it.
        let still = Condition::any().add(Column::State.eq(JobState::Queued.as_str())).add(Column::LeaseUntil.lt(now));
        let grabbed = grab.filter(still).exec(&self.writer).await;
        self.changed();
        match grabbed {
            Ok(done) if done.rows_affected == 1 => {
                let mut job = JobRecord::try_from(row)?;
                job.state = JobState::Running;
                job.started_at.get_or_insert(now);
                job.attempts += 1;
                job.generation += 1;
                Ok(Some(Claim { job, owner: owner.to_owned() }))
            }
            Ok(_) => Ok(None),
            Err(e) if matches!(e.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) || is_deadlock(&e) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Extends the leases of these jobs and returns those that `owner` still holds.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_heartbeat(&self, owner: &str, jobs: &[Held], until: Timestamp) -> Result<Vec<Held>, StoreError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let mine = held(owner, jobs);
        let extend = Entity::update_many().col_expr(Column::LeaseUntil, Expr::value(micros(until))).filter(mine.clone());
        extend.exec(&self.writer).await?;
        still_held(&self.writer, mine).await
    }

    /// The generations of these jobs: whether something changed of them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_generations(&self, jobs: &[JobId]) -> Result<Vec<(JobId, u64)>, StoreError> {
        let rows: Vec<(uuid::Uuid, i64)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Generation])
            .filter(Column::Id.is_in(jobs.iter().map(|job| job.0)))
            .into_tuple()
            .all(&self.reader)
            .await?;
        Ok(rows.into_iter().map(|(id, generation)| (JobId(id), u64::try_from(generation).unwrap_or_default())).collect())
    }

    /// Removes jobs that ended before `before`, with their steps; at most `limit`, the number of which is returned.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_prune(&self, before: Timestamp, limit: u64) -> Result<u64, StoreError> {
        let old = Entity::find().select_only().column(Column::Id).filter(Column::FinishedAt.lt(micros(before)));
        let ids: Vec<uuid::Uuid> = old.order_by_asc(Column::FinishedAt).limit(limit).into_tuple().all(&self.reader).await?;
        if ids.is_empty() {
            return Ok(0);
        }
        let pruned = Entity::delete_many().filter(Column::Id.is_in(ids)).exec(&self.writer).await;
        self.changed();
        Ok(pruned?.rows_affected)
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
            background: Set(job.background),
            reserved_for: Set(None),
            slot: Set(None),
            cancel_at: Set(None),
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
    /// The rows are locked by that, so that nobody takes one of them before the steps are committed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_touch(&self, owner: &str, jobs: &[Held]) -> Result<Vec<Held>, StoreError> {
        let mine = held(owner, jobs);
        let touch = Entity::update_many().col_expr(Column::Generation, Expr::col(Column::Generation).add(1)).filter(mine.clone());
        touch.exec(&self.inner).await?;
        still_held(&self.inner, mine).await
    }

    /// Keeps a job that waits for `owner`, who alone knows what is secret in it, for as long as takers are patient.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_reserve(&self, job: JobId, owner: &str) -> Result<(), StoreError> {
        let reserve = Entity::update_many().col_expr(Column::ReservedFor, Expr::value(owner)).filter(Column::Id.eq(job.0));
        expect_one(reserve.exec(&self.inner).await?.rows_affected, "the job")
    }

    /// Asks a running job to stop before its next step; whether it runs.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_ask_to_stop(&self, job: JobId, now: Timestamp) -> Result<bool, StoreError> {
        let ask = Entity::update_many()
            .col_expr(Column::CancelAt, Expr::value(micros(now)))
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .filter(Column::Id.eq(job.0))
            .filter(Column::State.eq(JobState::Running.as_str()));
        Ok(ask.exec(&self.inner).await?.rows_affected == 1)
    }

    /// Ends a job that nobody has taken yet; whether there was one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_cancel(&self, job: JobId, why: &JobFailure, now: Timestamp) -> Result<bool, StoreError> {
        let waiting = Column::State.eq(JobState::Queued.as_str()).and(Column::Attempts.eq(0));
        let end = ended(JobState::Cancelled, Some(why), now)
            .col_expr(Column::CancelAt, Expr::value(micros(now)))
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .filter(Column::Id.eq(job.0))
            .filter(waiting);
        Ok(end.exec(&self.inner).await?.rows_affected == 1)
    }

    /// One job within `scope`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn job_get(&self, scope: Scope, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        visible(scope).filter(Column::Id.eq(id.0)).one(&self.inner).await?.map(JobRecord::try_from).transpose()
    }

    /// Ends a job, and forgets what it was asked to do: that may hold what is nobody else's business, such as the environment of an
    /// app. What the audit trail says about it stays.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the lease is lost.
    pub async fn job_finish(&self, claim: &Claim, state: JobState, failure: Option<&JobFailure>, now: Timestamp) -> Result<(), StoreError> {
        self.job_let_go(claim, ended(state, failure, now)).await
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
            .col_expr(Column::Slot, Expr::value(None::<i32>))
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .filter(held(&claim.owner, &[(claim.job.id, claim.job.attempts)]));
        expect_one(update.exec(&self.inner).await?.rows_affected, "the job")
    }
}
