//! Takes jobs and runs them.

use crate::failpoints::{Failpoints, When};
use crate::flow::{Flow, Outcome, Work};
use crate::steps::{Sheet, Steps};
use crate::tasks::Tasks;
use crate::watchers::Watchers;
use crate::writer::Writer;
use chrono::TimeDelta;
use futures_util::FutureExt;
use nusantara_store::{AuditEvent, AuditPhase, Claim, JobFailure, JobFilter, JobState, Scope, Store, StoreError};
use nusantara_types::{Clock, JobId};
use serde_json::Value;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// How the engine works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Names this machine among those that share the database. At start and end the leases of the whole machine are given
    /// back: one panel runs on it at a time.
    pub machine: String,
    /// Jobs that run at once.
    pub at_once: usize,
    /// How long a job stays taken without a sign of life.
    pub lease: Duration,
    /// How often to look for work that nobody announced.
    pub poll: Duration,
    /// Attempts before a failure that may pass is final.
    pub most_attempts: u32,
}

impl Settings {
    /// What a panel on `machine` uses.
    #[must_use]
    pub fn for_machine(machine: impl Into<String>) -> Self {
        Self { machine: machine.into(), at_once: 16, lease: Duration::from_secs(30), poll: Duration::from_secs(5), most_attempts: 8 }
    }
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
    running: Mutex<HashMap<JobId, CancellationToken>>,
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
        let family = format!("{}/", settings.machine);
        let owner: Arc<str> = format!("{family}{}", JobId::generate()).into();
        let left = store.job_release(&family, clock.now()).await?;
        if left > 0 {
            tracing::info!(jobs = left, "taking up jobs that an earlier process left running");
        }
        let writer = Arc::new(Writer::default());
        let watchers = Arc::new(Watchers::default());
        let inner = Arc::new(Inner {
            flows: flows.into_iter().map(|flow| (flow.kind(), flow)).collect(),
            slots: Arc::new(Semaphore::new(settings.at_once)),
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
        self.inner.store.job_release(&self.inner.family, self.inner.clock.now()).await.map(|_| ())
    }
}

impl Inner {
    fn spawn_loops(self: Arc<Self>) {
        let (write, dispatch, heartbeat) = (Arc::clone(&self), Arc::clone(&self), Arc::clone(&self));
        self.tasks.spawn("job steps", async move {
            let run = Arc::clone(&write.writer).run(write.store.clone(), Arc::clone(&write.owner), Arc::clone(&write.watchers));
            tokio::select! { () = run => {}, () = write.tasks.stopped() => {} }
        });
        self.tasks.spawn("job dispatch", async move {
            tokio::select! { () = dispatch.dispatch() => {}, () = dispatch.tasks.stopped() => {} }
        });
        self.tasks.spawn("job heartbeat", async move {
            tokio::select! { () = heartbeat.heartbeat() => {}, () = heartbeat.tasks.stopped() => {} }
        });
    }

    /// Takes jobs for as long as there are slots, then waits for news.
    async fn dispatch(self: &Arc<Self>) {
        loop {
            while let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
                match self.take().await {
                    Ok(Some(claim)) => {
                        self.watchers.wake(claim.job.id);
                        let worker = Arc::clone(self);
                        self.tasks.spawn("job", async move { worker.work(claim, slot).await });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(%error, "jobs cannot be taken");
                        break;
                    }
                }
            }
            let _ = tokio::time::timeout(self.settings.poll, self.nudge.notified()).await;
        }
    }

    async fn take(&self) -> Result<Option<Claim>, StoreError> {
        if cfg!(debug_assertions) {
            let queued = JobFilter { state: Some(JobState::Queued), ..JobFilter::default() };
            for job in self.store.job_list(Scope::All, &queued, 1).await? {
                self.failpoints.reach_early(&job.kind, "claim", When::Before).await;
            }
        }
        let now = self.clock.now();
        let claim = self.store.job_claim(&self.owner, now, now + delta(self.settings.lease)).await?;
        if let Some(claim) = &claim {
            self.failpoints.reach_early(&claim.job.kind, "claim", When::After).await;
        }
        Ok(claim)
    }

    async fn heartbeat(&self) {
        loop {
            tokio::time::sleep(self.settings.lease / 3).await;
            let jobs: Vec<JobId> = self.running().keys().copied().collect();
            if jobs.is_empty() {
                continue;
            }
            match self.store.job_heartbeat(&self.owner, &jobs, self.clock.now() + delta(self.settings.lease)).await {
                Ok(held) => {
                    for (job, stop) in self.running().iter().filter(|(job, _)| jobs.contains(job) && !held.contains(job)) {
                        tracing::warn!(%job, "the lease of a job was lost; another process has it");
                        stop.cancel();
                    }
                }
                Err(error) => tracing::error!(%error, "leases could not be extended"),
            }
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One attempt at one job.
    async fn work(self: Arc<Self>, claim: Claim, slot: OwnedSemaphorePermit) {
        let id = claim.job.id;
        let stop = CancellationToken::new();
        self.running().insert(id, stop.clone());
        tokio::select! {
            () = self.attempt(claim) => {}
            () = stop.cancelled() => {}
            () = self.tasks.stopped() => {}
        }
        self.running().remove(&id);
        drop(slot);
        self.nudge.notify_one();
    }

    async fn attempt(self: &Arc<Self>, claim: Claim) {
        let known = if claim.job.attempts > 1 { self.store.step_list(claim.job.id).await.unwrap_or_default() } else { Vec::new() };
        let steps = Steps::new(
            claim.job.id,
            &claim.job.kind,
            Sheet::new(known),
            Arc::clone(&self.writer),
            Arc::clone(&self.clock),
            self.failpoints.clone(),
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
            if !std::mem::replace(&mut complained, true) {
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
        let (result, undone) = match outcome {
            Outcome::Again { after, .. } if claim.job.attempts < self.settings.most_attempts => {
                return self.put_back(claim, *after).await;
            }
            Outcome::Done { result } => (Ok(result), false),
            Outcome::Failed { failure, undone } => (Err(failure), *undone),
            Outcome::Again { failure, .. } => (Err(failure), false),
        };
        let tx = self.store.begin().await?;
        tx.job_finish(claim, result.err(), now).await?;
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
            Ok(facts) => self.audit(&tx, claim, result.err(), facts).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            work.steps.sheet().spoil();
            return Err(error);
        }
        tx.commit().await.inspect_err(|_| work.steps.sheet().spoil())
    }

    async fn audit(&self, tx: &nusantara_store::Tx, claim: &Claim, failure: Option<&JobFailure>, facts: Value) -> Result<(), StoreError> {
        let job = &claim.job;
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
        let tx = self.store.begin().await?;
        tx.job_retry(claim, self.clock.now() + delta(after)).await?;
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

fn broken(message: &str) -> JobFailure {
    JobFailure { code: "internal".to_owned(), message: message.to_owned(), detail: None }
}
