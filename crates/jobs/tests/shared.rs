//! Two engines on one database: leases, places, and who goes first.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Engine, Failpoints, Flow, Outcome, Settings, Tasks, Work, enqueue};
use nusantara_store::{JobFailure, JobRecord, JobState, NewJob, Scope, StepState, Store, StoreError, Taker, Tx};
use nusantara_types::{Actor, Clock, FixedClock, JobId, RequestId, SystemClock, Timestamp};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// Does steps until it is let go, and writes down which it did.
struct Walk {
    did: Mutex<Vec<(u32, usize)>>,
    gate: watch::Sender<usize>,
}

impl Flow for Walk {
    fn kind(&self) -> &'static str {
        "walk"
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        async move {
            work.steps.plan((0..3).map(|n| (format!("step{n}"), String::new())));
            for n in 0..3 {
                self.gate.subscribe().wait_for(|open| *open > n).await.unwrap();
                if work.steps.enter(n).await.is_err() {
                    return Outcome::Cancelled;
                }
                self.did.lock().unwrap().push((work.job.attempts, n));
                work.steps.set(n, StepState::Success, None);
            }
            Outcome::Done { result: Value::Null }
        }
        .boxed()
    }

    fn stops_between_steps(&self) -> bool {
        true
    }

    fn conclude<'a>(
        &'a self,
        _: &'a Tx,
        _: &'a JobRecord,
        _: Result<&'a Value, &'a JobFailure>,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Value, StoreError>> {
        async { Ok(Value::Null) }.boxed()
    }
}

struct Bench {
    _folder: TempDir,
    store: Store,
    flow: Arc<Walk>,
}

impl Bench {
    async fn new(open: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/p.db", folder.path().display())).await.unwrap();
        let flow = Arc::new(Walk { did: Mutex::default(), gate: watch::Sender::new(open) });
        Self { _folder: folder, store, flow }
    }

    async fn engine(&self, name: &str, clock: Arc<dyn Clock>, at_once: u32) -> (Engine, Tasks) {
        let tasks = Tasks::default();
        let settings = Settings { poll: Duration::from_millis(10), at_once, ..Settings::named(name) };
        let flows: Vec<Arc<dyn Flow>> = vec![Arc::<Walk>::clone(&self.flow)];
        let engine = Engine::start(self.store.clone(), clock, flows, Failpoints::default(), settings, tasks.clone()).await.unwrap();
        (engine, tasks)
    }

    async fn queue(&self, background: bool) -> JobId {
        let id = JobId::generate();
        let job = NewJob {
            background,
            id,
            kind: "walk",
            target_type: "host",
            target: "all",
            account: None,
            created_by: &Actor::root(),
            request: RequestId::generate(),
            payload: json!({}),
        };
        let tx = self.store.begin().await.unwrap();
        enqueue(&tx, &job, json!({}), SystemClock.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn job(&self, id: JobId) -> JobRecord {
        self.store.job_get(Scope::All, id).await.unwrap().unwrap()
    }

    async fn until(&self, id: JobId, wanted: impl Fn(&JobRecord) -> bool) -> JobRecord {
        for _ in 0..2_000 {
            let job = self.job(id).await;
            if wanted(&job) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?}", self.job(id).await);
    }

    fn did(&self) -> Vec<(u32, usize)> {
        self.flow.did.lock().unwrap().clone()
    }
}

/// A clock that another process's clock is ahead of: to it, every lease has run out.
fn tomorrow() -> Arc<dyn Clock> {
    Arc::new(FixedClock::at(SystemClock.now() + chrono::TimeDelta::days(1)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_lost_its_lease_takes_no_further_step() {
    let bench = Bench::new(1).await;
    let (_first, _tasks) = bench.engine("one", Arc::new(SystemClock), 4).await;
    let id = bench.queue(false).await;
    bench.until(id, |_| bench.did() == [(1, 0)]).await;
    // Another process takes the job over while the first one thinks that it has it.
    let now = tomorrow().now();
    let taker = Taker { owner: "two/x", at_once: 4, patience: chrono::TimeDelta::seconds(60) };
    let claim = bench.store.job_claim(taker, now, now + chrono::TimeDelta::days(1)).await.unwrap().unwrap();
    assert_eq!((claim.job.id, claim.job.attempts), (id, 2));
    let steps = bench.store.step_list(id).await.unwrap();
    bench.flow.gate.send_replace(3);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(bench.did(), [(1, 0)], "the first one stopped before its next step");
    assert_eq!(bench.store.step_list(id).await.unwrap(), steps, "and wrote nothing");
    let job = bench.job(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Running, 2));
    // The one who has it ends it.
    let tx = bench.store.begin().await.unwrap();
    tx.job_finish(&claim, JobState::Success, None, now).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_stopped_between_two_steps_and_stays_where_it_was() {
    let bench = Bench::new(1).await;
    let (engine, _tasks) = bench.engine("one", Arc::new(SystemClock), 4).await;
    let id = bench.queue(false).await;
    bench.until(id, |_| bench.did() == [(1, 0)]).await;
    let tx = bench.store.begin().await.unwrap();
    assert!(!engine.cancel_waiting(&tx, &bench.job(id).await).await.unwrap(), "it has begun");
    assert!(tx.job_ask_to_stop(id, SystemClock.now()).await.unwrap());
    tx.commit().await.unwrap();
    bench.flow.gate.send_replace(3);
    let job = bench.until(id, |job| job.state.is_final()).await;
    assert_eq!((job.state, job.failure.unwrap().code.as_str()), (JobState::Cancelled, "cancelled"));
    let states: Vec<StepState> = bench.store.step_list(id).await.unwrap().into_iter().map(|step| step.state).collect();
    assert_eq!(states, [StepState::Success, StepState::Pending, StepState::Pending, StepState::Pending]);
    assert_eq!(bench.did(), [(1, 0)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_are_counted_over_all_and_what_somebody_waits_for_goes_first() {
    let bench = Bench::new(0).await;
    let mut quiet = Vec::new();
    for _ in 0..6 {
        quiet.push(bench.queue(true).await);
    }
    let (one, other) = (bench.engine("one", Arc::new(SystemClock), 4).await, bench.engine("two", Arc::new(SystemClock), 4).await);
    bench.until(quiet[2], |job| job.state == JobState::Running).await;
    let running = async |jobs: &[JobId]| {
        let mut count = 0;
        for job in jobs {
            count += usize::from(bench.job(*job).await.state == JobState::Running);
        }
        count
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(running(&quiet).await, 3, "the fourth place is kept for what somebody waits for");
    let wanted = [bench.queue(false).await, bench.queue(false).await];
    bench.until(wanted[0], |job| job.state == JobState::Running).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(running(&quiet).await + running(&wanted).await, 4, "and there is no fifth, for either of them");
    bench.flow.gate.send_replace(3);
    for job in quiet.iter().chain(&wanted) {
        assert_eq!(bench.until(*job, |job| job.state.is_final()).await.state, JobState::Success);
    }
    let began = |job: JobRecord| job.started_at.unwrap();
    assert!(began(bench.job(wanted[1]).await) <= began(bench.job(quiet[5]).await), "it did not wait for all that was there before it");
    drop((one, other));
}
