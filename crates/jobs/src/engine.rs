//! Takes jobs and runs them.

use crate::failpoints::{Failpoints, When};
use crate::flow::{Flow, Outcome, Work};
use crate::steps::{Book, Sheet, Steps};
use crate::tasks::Tasks;
use crate::watchers::Watchers;
use crate::writer::Writer;
use chrono::TimeDelta;
use futures_util::FutureExt;
use nusantara_store::{
    AuditEvent, AuditPhase, Claim, Held, JobFailure, JobFilter, JobRecord, JobState, Scope, Store, StoreError, Taker, Tx,
};
use nusantara_types::{Clock, JobId};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// How the engine works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Names this panel among those that share the database, for good: at start and end the leases of all its processes are given
    /// back, so there must never be two of them at once.
    pub name: String,
    /// Jobs that run at once, over all panels that share the database.
    pub at_once: u32,
    /// How long a job stays taken without a sign of life.
    pub lease: Duration,
    /// How often to look for work that nobody announced.
    pub poll: Duration,
    /// How often to look whether another process changed a job that somebody follows.
    pub news: Duration,
    /// Attempts before a failure that may pass is final.
    pub most_attempts: u32,
}

impl Settings {
    /// What a panel of this name uses.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            at_once: 16,
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(5),
            news: Duration::from_millis(500),
            most_attempts: 8,
        }
    }
}

/// How long a job that only one process knows all of waits for it.
const RESERVED: TimeDelta = TimeDelta::seconds(60);

/// An attempt under way here.
#[derive(Debug, Clone)]
struct Attempt {
    number: u32,
    stop: CancellationToken,
    /// Until when it is certain that nobody else has it: counted from before the database was asked, by this machine's own clock.
    until: Instant,
}

/// Runs jobs. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    flows: HashMap<&'static str, Arc<dyn Flow>>,
    settings: Settings,
    owner: Arc<str>,
    family: String,
    slots: Arc<Semaphore>,
    nudge: Notify,
    running: Mutex<HashMap<JobId, Attempt>>,
    writer: Arc<Writer>,
    watchers: Arc<Watchers>,
    failpoints: Failpoints,
    tasks: Tasks,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("owner", &self.inner.owner).finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts: takes up what an earlier process of this machine left running, then whatever is queued.
    ///
    /// # Errors
    /// What the store says.
    pub async fn start(
        store: Store,
        clock: Arc<dyn Clock>,
        flows: Vec<Arc<dyn Flow>>,
        failpoints: Failpoints,
        settings: Settings,
        tasks: Tasks,
    ) -> Result<Self, StoreError> {
        let family = format!("{}/", settings.name);
        let owner: Arc<str> = format!("{family}{}", JobId::generate()).into();
        let left = store.job_release(&family, store.time(&*clock).await?).await?;
        if left > 0 {
            tracing::info!(jobs = left, "taking up jobs that an earlier process left running");
        }
        let writer = Arc::new(Writer::default());
        let watchers = Arc::new(Watchers::default());
        let inner = Arc::new(Inner {
            flows: flows.into_iter().map(|flow| (flow.kind(), flow)).collect(),
            slots: Arc::new(Semaphore::new(settings.at_once as usize)),
            nudge: Notify::new(),
            running: Mutex::default(),
            store,
            clock,
            settings,
            owner,
            family,
            writer,
            watchers,
            failpoints,
            tasks,
        });
        Arc::clone(&inner).spawn_loops();
        Ok(Self { inner })
    }

    /// Says that a job was queued, so that it is taken at once.
    pub fn nudge(&self) {
        self.inner.nudge.notify_one();
    }

    /// Wakes with every change of a job. Look at the job after subscribing, then after each wake-up.
    #[must_use]
    pub fn watch(&self, job: JobId) -> watch::Receiver<u64> {
        self.inner.watchers.watch(job)
    }

    /// Gives the leases back, after the tasks have ended.
    ///
    /// # Errors
    /// What the store says.
    pub async fn release(&self) -> Result<(), StoreError> {
        let now = self.inner.store.time(&*self.inner.clock).await?;
        self.inner.store.job_release(&self.inner.family, now).await.map(|_| ())
    }

    /// The name of this process among those that take jobs.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.inner.owner
    }

    /// Ends a job that has not begun, in the caller's transaction, as a failure of its flow would: the index is put back.
    /// Whether it had not begun.
    ///
    /// # Errors
    /// What the store says; then `tx` must not be committed.
    pub async fn cancel_waiting(&self, tx: &Tx, job: &JobRecord) -> Result<bool, StoreError> {
        let now = self.inner.clock.now();
        let why = cancelled();
        if !tx.job_cancel(job.id, &why, now).await? {
            return Ok(false);
        }
        let facts = match self.inner.flows.get(job.kind.as_str()) {
            Some(flow) => flow.conclude(tx, job, Err(&why), now).await?,
            None => Value::Null,
        };
        self.inner.audit(tx, job, Some(&why), facts).await?;
        Ok(true)
    }

    /// Whether jobs of this kind stop between two steps when they are asked to.
    #[must_use]
    pub fn stops_between_steps(&self, kind: &str) -> bool {
        self.inner.flows.get(kind).is_some_and(|flow| flow.stops_between_steps())
    }

    /// Wakes whoever follows a job.
    pub fn wake(&self, job: JobId) {
        self.inner.watchers.wake(job);
    }
}

impl Inner {
    fn spawn_loops(self: Arc<Self>) {
        let (write, dispatch, heartbeat, news) = (Arc::clone(&self), Arc::clone(&self), Arc::clone(&self), Arc::clone(&self));
        self.tasks.spawn("job steps", async move {
            let run = Arc::clone(&write.writer).run();
            tokio::select! { () = run => {}, () = write.tasks.stopped() => {} }
        });
        self.tasks.spawn("job dispatch", async move {
            tokio::select! { () = dispatch.dispatch() => {}, () = dispatch.tasks.stopped() => {} }
        });
        self.tasks.spawn("job heartbeat", async move {
            tokio::select! { () = heartbeat.heartbeat() => {}, () = heartbeat.tasks.stopped() => {} }
        });
        if self.store.is_shared() {
            self.tasks.spawn("job news", async move {
                tokio::select! { () = news.follow_others() => {}, () = news.tasks.stopped() => {} }
            });
        }
    }

    /// Takes jobs for as long as there are slots, then waits for news.
    async fn dispatch(self: &Arc<Self>) {
        loop {
            while let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
                match self.take().await {
                    Ok(Some((claim, stop))) => {
                        self.watchers.wake(claim.job.id);
                        let worker = Arc::clone(self);
                        self.tasks.spawn("job", async move { worker.work(claim, stop, slot).await });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        if !error.is_away() {
                            tracing::error!(%error, "jobs cannot be taken");
                        }
                        break;
                    }
                }
            }
            let _ = tokio::time::timeout(self.settings.poll, self.nudge.notified()).await;
        }
    }

    async fn take(&self) -> Result<Option<(Claim, CancellationToken)>, StoreError> {
        if cfg!(debug_assertions) {
            let queued = JobFilter { state: Some(JobState::Queued), ..JobFilter::default() };
            for job in self.store.job_list(Scope::All, &queued, 1).await? {
                self.failpoints.reach_early(&job.kind, "claim", When::Before).await;
            }
        }
        let asked = Instant::now();
        let now = self.store.time(&*self.clock).await?;
        let taker = Taker { owner: &self.owner, at_once: self.settings.at_once, patience: RESERVED };
        let Some(claim) = self.store.job_claim(taker, now, now + delta(self.settings.lease)).await? else { return Ok(None) };
        let attempt = Attempt { number: claim.job.attempts, stop: CancellationToken::new(), until: asked + self.settings.lease };
        // An earlier attempt of this process lost its lease, to this one.
        if let Some(earlier) = self.running().insert(claim.job.id, attempt.clone()) {
            earlier.stop.cancel();
        }
        self.failpoints.reach_early(&claim.job.kind, "claim", When::After).await;
        Ok(Some((claim, attempt.stop)))
    }

    /// Keeps the leases of what runs here, and stops what has none any more.
    async fn heartbeat(&self) {
        let pause = self.settings.lease / 5;
        loop {
            tokio::time::sleep(pause).await;
            let jobs: Vec<Held> = self.running().iter().map(|(job, attempt)| (*job, attempt.number)).collect();
            if jobs.is_empty() {
                continue;
            }
            let asked = Instant::now();
            match tokio::time::timeout(pause, self.extend(&jobs)).await {
                Ok(Ok(held)) => self.keep(&jobs, &held, asked + self.settings.lease),
                // Said once, by whoever watches whether it is there.
                Ok(Err(error)) if error.is_away() => {}
                Ok(Err(error)) => tracing::error!(%error, "leases could not be extended"),
                // It is asked again before the lease is over; what it costs when that does not help is said below.
                Err(_) => tracing::warn!("leases were not extended yet: the database takes its time"),
            }
            // Whether others have taken a job is not known then; that they may is certain before the lease is over.
            let soon = Instant::now() + pause;
            for (job, attempt) in self.running().iter().filter(|(_, attempt)| attempt.until <= soon && !attempt.stop.is_cancelled()) {
                tracing::warn!(%job, "a job was stopped, because its lease could not be extended in time");
                attempt.stop.cancel();
            }
        }
    }

    async fn extend(&self, jobs: &[Held]) -> Result<Vec<Held>, StoreError> {
        let now = self.store.time(&*self.clock).await?;
        self.store.job_heartbeat(&self.owner, jobs, now + delta(self.settings.lease)).await
    }

    fn keep(&self, asked: &[Held], held: &[Held], until: Instant) {
        for (job, attempt) in self.running().iter_mut() {
            let me = (*job, attempt.number);
            if held.contains(&me) {
                attempt.until = until;
            } else if asked.contains(&me) && !attempt.stop.is_cancelled() {
                // One that has ended a moment ago looks the same; then there is nothing left to stop.
                attempt.stop.cancel();
            }
        }
    }

    /// Wakes those who follow a job that another process changed.
    async fn follow_others(&self) {
        let mut known: HashMap<JobId, u64> = HashMap::new();
        loop {
            self.watchers.somebody().await;
            tokio::time::sleep(self.settings.news).await;
            let here: HashSet<JobId> = self.running().keys().copied().collect();
            let watched: Vec<JobId> = self.watchers.watched().into_iter().filter(|job| !here.contains(job)).collect();
            known.retain(|job, _| watched.contains(job));
            if watched.is_empty() {
                continue;
            }
            match self.store.job_generations(&watched).await {
                Ok(seen) => {
                    for (job, generation) in seen {
                        if known.insert(job, generation) != Some(generation) {
                            self.watchers.wake(job);
                        }
                    }
                }
                Err(error) => tracing::debug!(%error, "it is not known what other processes did"),
            }
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, Attempt>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One attempt at one job.
    async fn work(self: Arc<Self>, claim: Claim, stop: CancellationToken, slot: OwnedSemaphorePermit) {
        let me = (claim.job.id, claim.job.attempts);
        tokio::select! {
            () = self.attempt(claim, &stop) => {}
            () = stop.cancelled() => {}
            () = self.tasks.stopped() => {}
        }
        {
            let mut running = self.running();
            if running.get(&me.0).is_some_and(|attempt| attempt.number == me.1) {
                running.remove(&me.0);
            }
        }
        drop(slot);
        self.nudge.notify_one();
    }

    async fn attempt(self: &Arc<Self>, claim: Claim, stop: &CancellationToken) {
        let known = if claim.job.attempts > 1 { self.store.step_list(claim.job.id).await.unwrap_or_default() } else { Vec::new() };
        let book = Book {
            store: self.store.clone(),
            owner: Arc::clone(&self.owner),
            watchers: Arc::clone(&self.watchers),
            attempt: claim.job.attempts,
            stop: stop.clone(),
        };
        let steps = Steps::new(
            claim.job.id,
            &claim.job.kind,
            Sheet::new(known),
            Arc::clone(&self.writer),
            Arc::clone(&self.clock),
            self.failpoints.clone(),
            book,
        );
        let work = Work { job: claim.job.clone(), steps };
        let outcome = match self.flows.get(claim.job.kind.as_str()) {
            Some(flow) => {
                let run = AssertUnwindSafe(flow.run(&work)).catch_unwind().await;
                run.unwrap_or_else(|_| Outcome::Again { after: Duration::from_secs(5), failure: broken("the panel's worker broke off") })
            }
            None => Outcome::Failed { failure: broken("this version of the panel does not know this kind of job"), undone: false },
        };
        self.failpoints.reach(&work.job.kind, "finish", When::Before);
        let mut complained = false;
        while let Err(error) = self.conclude(&claim, &work, &outcome).await {
            if matches!(error, StoreError::Stale("the job")) {
                tracing::warn!(job = %claim.job.id, "a job ended elsewhere");
                return;
            }
            // What was done is done: it must be written down, however long the database takes.
            if !error.is_away() && !std::mem::replace(&mut complained, true) {
                tracing::error!(job = %claim.job.id, %error, "the end of a job could not be written; trying again");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.failpoints.reach(&work.job.kind, "finish", When::After);
        self.watchers.wake(claim.job.id);
    }

    /// Writes the end of an attempt: job, steps, index and audit outcome together, or none of them.
    async fn conclude(self: &Arc<Self>, claim: &Claim, work: &Work, outcome: &Outcome) -> Result<(), StoreError> {
        let now = self.clock.now();
        let why = cancelled();
        let mut state = JobState::Failed;
        let (result, undone) = match outcome {
            Outcome::Again { after, .. } if claim.job.attempts < self.settings.most_attempts => {
                return self.put_back(claim, *after).await;
            }
            Outcome::Done { result } => {
                state = JobState::Success;
                (Ok(result), false)
            }
            Outcome::Cancelled => {
                state = JobState::Cancelled;
                (Err(&why), false)
            }
            Outcome::Failed { failure, undone } => (Err(failure), *undone),
            Outcome::Again { failure, .. } => (Err(failure), false),
        };
        let tx = self.store.begin().await?;
        tx.job_finish(claim, state, result.err(), now).await?;
        let pending = work.steps.settled(result.is_ok(), undone);
        if let Some(from) = pending.cut {
            tx.step_cut(claim.job.id, from).await?;
        }
        let rows: Vec<_> = pending.rows.into_iter().map(|row| (claim.job.id, row)).collect();
        let written = tx.step_put(&rows).await;
        if written.is_err() {
            work.steps.sheet().spoil();
        }
        written?;
        let facts = match self.flows.get(claim.job.kind.as_str()) {
            Some(flow) => flow.conclude(&tx, &claim.job, result, now).await,
            None => Ok(Value::Null),
        };
        let ended = match facts {
            Ok(facts) => self.audit(&tx, &claim.job, result.err(), facts).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            work.steps.sheet().spoil();
            return Err(error);
        }
        tx.commit().await.inspect_err(|_| work.steps.sheet().spoil())
    }

    async fn audit(&self, tx: &Tx, job: &JobRecord, failure: Option<&JobFailure>, facts: Value) -> Result<(), StoreError> {
        let request_id = job.request.to_string();
        let metadata = match failure {
            Some(failure) => serde_json::json!({ "error": failure.code, "facts": facts }),
            None => facts,
        };
        let outcome = AuditEvent {
            actor: &job.created_by,
            action: &job.kind,
            phase: if failure.is_some() { AuditPhase::Failed } else { AuditPhase::Success },
            target_type: &job.target_type,
            target_id: &job.target,
            request_id: &request_id,
            metadata,
        };
        tx.audit_append(outcome, self.clock.now()).await.map(|_| ())
    }

    /// Queues a job again, and comes back for it in time.
    async fn put_back(self: &Arc<Self>, claim: &Claim, after: Duration) -> Result<(), StoreError> {
        let again = self.store.time(&*self.clock).await? + delta(after);
        let tx = self.store.begin().await?;
        tx.job_retry(claim, again).await?;
        tx.commit().await?;
        let engine = Arc::clone(self);
        self.tasks.spawn("job retry", async move {
            tokio::select! {
                () = tokio::time::sleep(after) => engine.nudge.notify_one(),
                () = engine.tasks.stopped() => {}
            }
        });
        Ok(())
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// What is written of a job that was stopped because somebody asked for it.
fn cancelled() -> JobFailure {
    JobFailure { code: "cancelled".to_owned(), message: "It was stopped because somebody asked for it.".to_owned(), detail: None }
}

fn broken(message: &str) -> JobFailure {
    JobFailure { code: "internal".to_owned(), message: message.to_owned(), detail: None }
}
