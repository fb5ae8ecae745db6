//! Jobs through the queue, and rows into the audit trail.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Engine, Failpoints, Flow, Outcome, Settings, Tasks, Work, enqueue};
use nusantara_store::{AuditEvent, AuditPhase, JobFailure, JobRecord, NewJob, StepState, Store, StoreError, Tx};
use nusantara_types::{Actor, Clock, JobId, RequestId, SystemClock, Timestamp, Username};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How many ask at once.
const CLIENTS: usize = 16;
const KIND: &str = "account.create";

/// Of each, in a second.
pub(crate) struct Worked {
    pub(crate) jobs: f64,
    pub(crate) rows: f64,
    pub(crate) verified: f64,
    /// A job that has ended.
    pub(crate) one: JobId,
}

/// A job of two steps that asks nobody anything: what is left is what the queue itself costs.
struct Nothing;

impl Flow for Nothing {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        async move {
            work.steps.plan(["one", "two"].map(|name| (name.to_owned(), name.to_owned())));
            for step in 0..2 {
                work.steps.set(step, StepState::Running, None);
                work.steps.set(step, StepState::Success, None);
            }
            Outcome::Done { result: Value::Null }
        }
        .boxed()
    }

    fn conclude<'a>(
        &'a self,
        _: &'a Tx,
        _: &'a JobRecord,
        _: Result<&'a Value, &'a JobFailure>,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Value, StoreError>> {
        async { Ok(json!({})) }.boxed()
    }
}

/// Measures both in the empty database at `url`, on the core this thread is on.
pub(crate) fn measure(url: &str, jobs: usize, rows: usize) -> Worked {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let one = JobId::generate();
    runtime.block_on(async {
        let store = Store::open(url).await.unwrap();
        let ended = ended(&store, one, jobs).await;
        let began = Instant::now();
        shared(rows, &store, append).await;
        let appended = began.elapsed();
        let began = Instant::now();
        let trail = store.audit_verify(None).await.unwrap().unwrap();
        let verified = began.elapsed();
        store.close().await;
        let per = |count: usize, took: Duration| count as f64 / took.as_secs_f64();
        Worked { jobs: per(jobs, ended), rows: per(rows, appended), verified: per(usize::try_from(trail.rows).unwrap(), verified), one }
    })
}

/// Until that many jobs, each of an account of its own, were asked for and have ended. `one` is the first of them.
async fn ended(store: &Store, one: JobId, count: usize) -> Duration {
    let (tasks, flows): (_, Vec<Arc<dyn Flow>>) = (Tasks::default(), vec![Arc::new(Nothing)]);
    let engine = Engine::start(store.clone(), Arc::new(SystemClock), flows, Failpoints::default(), Settings::named("bench"), tasks.clone());
    let engine = engine.await.unwrap();
    let began = Instant::now();
    let waker = engine.clone();
    shared(count, store, move |store, number| {
        let waker = waker.clone();
        async move {
            let id = if number == 0 { one } else { JobId::generate() };
            ask(&store, id, number).await;
            waker.nudge();
        }
    })
    .await;
    while !store.job_requests_under_way().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    assert!(tasks.end(Duration::from_secs(10)).await);
    took
}

async fn ask(store: &Store, id: JobId, number: usize) {
    let (target, account) = (format!("acc{number}"), format!("acc{number}").parse::<Username>().unwrap());
    let job = NewJob {
        background: false,
        id,
        kind: KIND,
        target_type: "account",
        target: &target,
        account: Some(&account),
        created_by: &Actor::root(),
        request: RequestId::generate(),
        payload: json!({}),
    };
    let tx = store.begin().await.unwrap();
    enqueue(&tx, &job, json!({}), SystemClock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn append(store: Store, number: usize) {
    let (target, request) = (format!("acc{number}"), RequestId::generate().to_string());
    let event = AuditEvent {
        actor: &Actor::root(),
        action: "account.password",
        phase: AuditPhase::Success,
        target_type: "account",
        target_id: &target,
        request_id: &request,
        metadata: json!({"address": "192.0.2.7", "by": "token"}),
    };
    let tx = store.begin().await.unwrap();
    tx.audit_append(event, SystemClock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Does something `count` times, [`CLIENTS`] at a time.
async fn shared<F, D>(count: usize, store: &Store, each: F)
where
    F: Fn(Store, usize) -> D + Clone + Send + 'static,
    D: Future<Output = ()> + Send,
{
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (store, each) = (store.clone(), each.clone());
        clients.spawn(async move {
            for number in (client..count).step_by(CLIENTS) {
                each(store.clone(), number).await;
            }
        });
    }
    clients.join_all().await;
}
