//! When schedules run: what is to become of the times that have come, and making their jobs.
//!
//! A time is written together with its job, and the schedule moves on, in one transaction that names the schedule's generation; and a
//! time has one row. So any number of processes may look at the same schedules.

use crate::{Engine, Tasks, enqueue};
use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use nusantara_store::{JobState, MissedPolicy, NewJob, ScheduleRecord, Scope, SlotRun, Store, StoreError, Tx};
use nusantara_types::{Actor, Clock, JobId, RequestId, Schedule, Timestamp};
use serde_json::json;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How late a run may begin and still be on time.
const GRACE: TimeDelta = TimeDelta::seconds(90);
/// How far back times that were missed are looked for.
const HORIZON: TimeDelta = TimeDelta::days(7);
/// How often schedules are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// A time zone by its name, such as `Asia/Jakarta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

/// No time zone has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use the name of a time zone, such as Asia/Jakarta or UTC")]
pub struct UnknownZone;

impl FromStr for Zone {
    type Err = UnknownZone;
    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        name.parse().map(Self).map_err(|_| UnknownZone)
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Zone {
    /// The times of a schedule after `now`, by the clocks of this zone: one that is skipped does not come, one that is repeated comes once.
    pub fn times(self, cron: Schedule, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        let next = move |at: &DateTime<Tz>| cron.next_after(at);
        std::iter::successors(next(&now.with_timezone(&self.0)), next).map(|at| at.to_utc())
    }
}

/// What is to become of the times that have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The time that is to run now.
    pub run: Option<Timestamp>,
    /// The last of the times that are passed over, and how many they are.
    pub missed: Option<(Timestamp, u64)>,
    /// The first time that nothing has become of then.
    pub next: Option<Timestamp>,
}

/// By how much a run begins after its time: the same for everybody who asks, and another for every time.
fn jitter(schedule: &ScheduleRecord, due: Timestamp) -> TimeDelta {
    // Fibonacci hashing: spreads what differs in few bits.
    let seed = u64::from_be_bytes(schedule.id.0.into_bytes()[8..].try_into().unwrap_or_default()) ^ due.timestamp().cast_unsigned();
    let spread = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    TimeDelta::seconds(i64::try_from(spread % (u64::from(schedule.jitter_seconds) + 1)).unwrap_or_default())
}

/// Decides about the times up to `now` that nothing has become of; `busy` says that the last run is not over. None: nothing to do yet.
#[must_use]
pub fn judge(schedule: &ScheduleRecord, zone: Zone, busy: bool, now: Timestamp) -> Option<Verdict> {
    let first = schedule.next_due?;
    let begins = |due: &Timestamp| *due + jitter(schedule, *due);
    // The first of them may be a year ago; what lies between it and the horizon is not counted.
    let mut times = std::iter::once(first).chain(zone.times(schedule.cron, first.max(now - HORIZON))).peekable();
    let mut due = Vec::new();
    while let Some(time) = times.next_if(|time| begins(time) <= now) {
        due.push(time);
    }
    let next = times.next();
    let last = *due.last()?;
    let count = |times: &[Timestamp]| times.last().map(|last| (*last, times.len() as u64));
    let fresh = now - begins(&last) <= GRACE;
    match schedule.missed {
        _ if busy && schedule.missed != MissedPolicy::Skip => None,
        MissedPolicy::Skip if busy || !fresh => Some(Verdict { run: None, missed: count(&due), next }),
        MissedPolicy::Skip | MissedPolicy::Once => Some(Verdict { run: Some(last), missed: count(&due[..due.len() - 1]), next }),
        MissedPolicy::All => {
            let keep = due.len().min(schedule.catch_up.max(1) as usize);
            let (over, kept) = due.split_at(due.len() - keep);
            Some(Verdict { run: kept.first().copied(), missed: count(over), next: kept.get(1).copied().or(next) })
        }
    }
}

/// What a schedule makes a job of.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The kind of job.
    pub kind: &'static str,
    /// Kind of thing that it is about, and its name.
    pub target: (&'static str, String),
    /// What its flow needs to know.
    pub payload: serde_json::Value,
}

/// What a word for a task stands for; none when this version of the panel does not know it.
pub type Planner = fn(&ScheduleRecord) -> Option<Planned>;

/// Makes the job of a run, in the transaction that writes its time.
///
/// # Errors
/// What the store says; then `tx` must not be committed.
pub async fn queue_run(
    tx: &Tx,
    schedule: &ScheduleRecord,
    planned: &Planned,
    slot: SlotRun,
    by: &Actor,
    now: Timestamp,
) -> Result<JobId, StoreError> {
    let id = slot.job.unwrap_or_else(JobId::generate);
    let slot = SlotRun { job: Some(id), ..slot };
    tx.schedule_slot(schedule.id, &slot, now).await?;
    let job = NewJob {
        background: !slot.by_hand,
        id,
        kind: planned.kind,
        target_type: planned.target.0,
        target: &planned.target.1,
        account: None,
        created_by: by,
        request: RequestId::generate(),
        payload: planned.payload.clone(),
    };
    enqueue(tx, &job, json!({ "schedule": schedule.name, "due_at": slot.due_at }), now).await?;
    Ok(id)
}

/// Runs schedules until the process ends.
pub async fn keep_time(store: Store, engine: Engine, clock: Arc<dyn Clock>, plan: Planner, tasks: Tasks) {
    let mut complained = false;
    loop {
        let looked = look(&store, &engine, &*clock, plan).await;
        // That the database does not answer is said elsewhere, once.
        if let Err(error) = &looked
            && !error.is_away()
            && !std::mem::replace(&mut complained, true)
        {
            tracing::error!(%error, "schedules cannot be looked at; it is tried again");
        }
        complained &= looked.is_err();
        // Soon again where one run follows the other.
        let pause = match looked {
            Ok(Looked { moved: true, .. }) => EVERY / 10,
            Ok(Looked { waits: true, .. }) => EVERY / 4,
            _ => EVERY,
        };
        tokio::select! { () = tokio::time::sleep(pause) => {}, () = tasks.stopped() => return }
    }
}

/// What came of a look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// Something became of a time.
    pub moved: bool,
    /// A time waits for the run before it.
    pub waits: bool,
}

/// Looks at the schedules whose time has come.
///
/// # Errors
/// What the store says.
pub async fn look(store: &Store, engine: &Engine, clock: &dyn Clock, plan: Planner) -> Result<Looked, StoreError> {
    let now = store.time(clock).await?;
    let mut looked = Looked::default();
    for schedule in store.schedule_due(now).await? {
        match turn(store, &schedule, plan, now).await {
            Ok(true) => looked.moved = true,
            Ok(false) => looked.waits = true,
            // Another process was quicker.
            Err(StoreError::Stale(_) | StoreError::Taken(_)) => {}
            Err(error) => return Err(error),
        }
    }
    if looked.moved {
        engine.nudge();
    }
    Ok(looked)
}

async fn turn(store: &Store, schedule: &ScheduleRecord, plan: Planner, now: Timestamp) -> Result<bool, StoreError> {
    let busy = match schedule.last_job {
        Some(job) => store.job_get(Scope::All, job).await?.is_some_and(|job| matches!(job.state, JobState::Queued | JobState::Running)),
        None => false,
    };
    let (Ok(zone), Some(planned)) = (schedule.zone.parse(), plan(schedule)) else {
        tracing::warn!(schedule = %schedule.name, "this version of the panel knows neither this task nor this zone; the schedule waits");
        return Ok(false);
    };
    let Some(verdict) = judge(schedule, zone, busy, now) else { return Ok(false) };
    let tx = store.begin().await?;
    let job = verdict.run.map(|_| JobId::generate());
    let record = ScheduleRecord { next_due: verdict.next, last_job: job.or(schedule.last_job), ..schedule.clone() };
    // First, so that of several processes all but one stop here.
    tx.schedule_update(&record).await?;
    if let Some((due_at, missed)) = verdict.missed {
        tx.schedule_slot(schedule.id, &SlotRun { due_at, job: None, by_hand: false, missed }, now).await?;
    }
    if let Some(due_at) = verdict.run {
        let slot = SlotRun { due_at, job, by_hand: false, missed: 0 };
        queue_run(&tx, schedule, &planned, slot, &Actor::system(), now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

#[cfg(test)]
#[path = "schedules_tests.rs"]
mod tests;
