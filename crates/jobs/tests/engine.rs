//! The engine on a real database, with a flow that does as a test tells it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Engine, FINAL_STEP, Failpoints, Flow, Outcome, Settings, Tasks, Work, enqueue};
use nusantara_store::{AuditFilter, AuditPhase, JobFailure, JobRecord, JobState, NewJob, Scope, StepState, Store, StoreError, Tx};
use nusantara_types::{Actor, Clock, JobId, RequestId, SystemClock, Timestamp, Username};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// What the scripted flow does, by the job's target.
#[derive(Default)]
struct Scripted {
    requests: Mutex<Vec<RequestId>>,
    /// How many are at it.
    now: watch::Sender<usize>,
    most: AtomicUsize,
    /// Whether whoever is at it is kept there.
    held: watch::Sender<bool>,
}

impl Scripted {
    /// Waits until so many are at it.
    async fn at_it(&self, count: usize) {
        let mut now = self.now.subscribe();
        let reached = now.wait_for(|now| *now == count);
        tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap().unwrap();
    }
}

impl Flow for Scripted {
    fn kind(&self) -> &'static str {
        "account.create"
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        async move {
            self.requests.lock().unwrap().push(work.job.request);
            self.now.send_modify(|now| *now += 1);
            self.most.fetch_max(*self.now.borrow(), Ordering::SeqCst);
            work.steps.plan(["one", "two"].map(|n| (n.to_owned(), n.to_owned())));
            work.steps.set(0, StepState::Running, None);
            work.steps.set(0, StepState::Success, None);
            let failure = JobFailure { code: "host_failed".into(), message: "no".into(), detail: None };
            let outcome = match work.job.payload["do"].as_str().unwrap() {
                "hang" if !work.is_resumed() => std::future::pending().await,
                "fail" => Outcome::Failed { failure, undone: true },
                "again" if work.job.attempts < 3 => Outcome::Again { after: Duration::ZERO, failure },
                "never" => Outcome::Again { after: Duration::ZERO, failure },
                "panic" if !work.is_resumed() => panic!("on purpose"),
                _ => {
                    self.held.subscribe().wait_for(|held| !held).await.unwrap();
                    Outcome::Done { result: json!({"uid": 12_000}) }
                }
            };
            self.now.send_modify(|now| *now -= 1);
            outcome
        }
        .boxed()
    }

    fn conclude<'a>(
        &'a self,
        tx: &'a Tx,
        job: &'a JobRecord,
        outcome: Result<&'a Value, &'a JobFailure>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Value, StoreError>> {
        async move {
            tx.setting_set(&format!("seen.{}", job.target), &outcome.is_ok().to_string(), now).await?;
            Ok(json!({"concluded": true}))
        }
        .boxed()
    }
}

struct Bench {
    _folder: TempDir,
    store: Store,
    flow: Arc<Scripted>,
    tasks: Tasks,
    engine: Engine,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/p.db", folder.path().display())).await.unwrap();
        let flow = Arc::new(Scripted::default());
        let (engine, tasks) = Self::engine(&store, &flow).await;
        Self { _folder: folder, store, flow, tasks, engine }
    }

    async fn engine(store: &Store, flow: &Arc<Scripted>) -> (Engine, Tasks) {
        let tasks = Tasks::default();
        let settings = Settings { poll: Duration::from_millis(20), at_once: 4, ..Settings::named("test") };
        let flows: Vec<Arc<dyn Flow>> = vec![Arc::<Scripted>::clone(flow)];
        let engine =
            Engine::start(store.clone(), Arc::new(SystemClock), flows, Failpoints::default(), settings, tasks.clone()).await.unwrap();
        (engine, tasks)
    }

    async fn queue(&self, account: &str, what: &str) -> JobId {
        let (id, name): (JobId, Username) = (JobId::generate(), account.parse().unwrap());
        let job = NewJob {
            background: false,
            id,
            kind: "account.create",
            target_type: "account",
            target: account,
            account: Some(&name),
            created_by: &Actor::root(),
            request: RequestId::generate(),
            payload: json!({ "do": what }),
        };
        let tx = self.store.begin().await.unwrap();
        enqueue(&tx, &job, json!({}), SystemClock.now()).await.unwrap();
        tx.commit().await.unwrap();
        self.engine.nudge();
        id
    }

    async fn end_of(&self, engine: &Engine, id: JobId) -> JobRecord {
        let mut changes = engine.watch(id);
        loop {
            let job = self.store.job_get(Scope::All, id).await.unwrap().unwrap();
            if job.state.is_final() {
                return job;
            }
            tokio::time::timeout(Duration::from_secs(20), changes.changed()).await.unwrap().unwrap();
        }
    }

    async fn steps(&self, id: JobId) -> Vec<(String, StepState)> {
        self.store.step_list(id).await.unwrap().into_iter().map(|s| (s.name, s.state)).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_ends_with_its_steps_index_and_audit_row() {
    let bench = Bench::new().await;
    let id = bench.queue("joko", "ok").await;
    let job = bench.end_of(&bench.engine, id).await;
    assert_eq!((job.state, job.attempts), (JobState::Success, 1));
    let done = StepState::Success;
    assert_eq!(bench.steps(id).await, [("one".into(), done), ("two".into(), done), (FINAL_STEP.into(), done)]);
    assert_eq!(bench.store.setting_get("seen.joko").await.unwrap().as_deref(), Some("true"));
    let audit = bench.store.audit_list(&AuditFilter::default(), 10).await.unwrap();
    assert_eq!(audit.iter().map(|r| r.phase).collect::<Vec<_>>(), [AuditPhase::Success, AuditPhase::Begin]);
    assert!(audit.iter().all(|r| r.request_id == job.request.to_string()));
    assert_eq!(bench.store.audit_verify(None).await.unwrap().unwrap().rows, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_written_with_what_was_undone() {
    let bench = Bench::new().await;
    let id = bench.queue("joko", "fail").await;
    let job = bench.end_of(&bench.engine, id).await;
    assert_eq!(job.failure.unwrap().code, "host_failed");
    let states: Vec<_> = bench.steps(id).await.into_iter().map(|s| s.1).collect();
    assert_eq!(states, [StepState::Undone, StepState::Pending, StepState::Pending]);
    assert_eq!(bench.store.audit_list(&AuditFilter::default(), 1).await.unwrap()[0].phase, AuditPhase::Failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_pass_is_tried_again_a_bounded_number_of_times() {
    let bench = Bench::new().await;
    let id = bench.queue("joko", "again").await;
    assert_eq!(bench.end_of(&bench.engine, id).await.attempts, 3);
    let id = bench.queue("joko", "never").await;
    let job = bench.end_of(&bench.engine, id).await;
    assert_eq!((job.state, job.attempts), (JobState::Failed, 8));
    let id = bench.queue("dewi", "panic").await;
    // The retry after a panic waits five seconds of real time.
    let job = bench.end_of(&bench.engine, id).await;
    assert_eq!((job.state, job.attempts), (JobState::Success, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_process_leaves_its_job_to_the_next() {
    let bench = Bench::new().await;
    let id = bench.queue("joko", "hang").await;
    let mut changes = bench.engine.watch(id);
    while bench.steps(id).await.is_empty() {
        tokio::time::timeout(Duration::from_secs(20), changes.changed()).await.unwrap().unwrap();
    }
    // The first engine ends without a word, as a killed process does: its lease still stands.
    assert!(bench.tasks.end(Duration::from_secs(5)).await);
    let (second, _tasks) = Bench::engine(&bench.store, &bench.flow).await;
    let job = bench.end_of(&second, id).await;
    assert_eq!((job.state, job.attempts), (JobState::Success, 2));
    let requests = bench.flow.requests.lock().unwrap().clone();
    assert_eq!(requests, [job.request, job.request], "the same request id both times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_jobs_share_the_slots_and_accounts_take_turns() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    bench.flow.held.send_replace(true);
    for i in 0..12 {
        ids.push(bench.queue(&format!("acc{i}"), "ok").await);
    }
    bench.flow.at_it(4).await;
    bench.flow.held.send_replace(false);
    for id in ids {
        assert_eq!(bench.end_of(&bench.engine, id).await.state, JobState::Success);
    }
    assert_eq!(bench.flow.most.load(Ordering::SeqCst), 4, "never more at once");

    bench.flow.at_it(0).await;
    bench.flow.held.send_replace(true);
    let ids = [bench.queue("joko", "ok").await, bench.queue("joko", "ok").await, bench.queue("dewi", "ok").await];
    // Jobs are taken in order: once what came last is at it, what came before it was looked at.
    bench.flow.at_it(2).await;
    let waits = bench.store.job_get(Scope::All, ids[1]).await.unwrap().unwrap();
    assert_eq!(waits.state, JobState::Queued, "one at a time within an account");
    bench.flow.held.send_replace(false);
    for id in ids {
        assert_eq!(bench.end_of(&bench.engine, id).await.state, JobState::Success);
    }
}
