//! Three panels on one database, one of them killed again and again: nothing that was acknowledged is lost, nothing is done twice.
//!
//! The short form takes twenty seconds; `NUSANTARA_SEVERAL_SECONDS` says how long the full form takes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, dead_code, unreachable_pub, reason = "tests")]

#[path = "../src/tests/fake_history.rs"]
mod fake_history;
#[path = "../src/tests/fake_host.rs"]
mod fake_host;
#[path = "../src/tests/fake_spec.rs"]
mod fake_spec;

use chrono::{DurationRound, TimeDelta, Utc};
use fake_host::FakeHost;
use nusantara_store::{AuditPhase, JobFilter, JobRecord, JobState, MissedPolicy, ScheduleRecord, Scope, StepState, Store};
use nusantara_testdb::{Kind, Server};
use nusantara_types::{Actor, JobId, RequestId, ScheduleId};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Panels that share the database.
const PANELS: usize = 3;
/// Accounts that are asked for at once.
const CLIENTS: usize = 4;
/// Schedules, each of which has half an hour to make up for.
const TASKS: [&str; 4] = ["tidy", "index_compare", "drift_look", "converge"];
/// Minutes that each of them has missed.
const MISSED: i64 = 30;

/// Numbers by chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// One panel: a folder of its own, and the process while it lives.
struct Panel {
    folder: PathBuf,
    process: Option<Child>,
}

impl Panel {
    fn new(all: &Path, number: usize, url: &str) -> Self {
        let folder = all.join(format!("panel{number}"));
        std::fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name).display().to_string();
        let config = format!(
            "database_url = {url:?}\nlisten = \"127.0.0.1:0\"\nlocal_socket = {:?}\nstate_dir = {:?}\naudit_file = {:?}\n\
             hostd_socket = {:?}\nreconcile = \"off\"\njob_lease_seconds = 3\n",
            at("panel.sock"),
            at(""),
            at("audit.jsonl"),
            all.join("hostd.sock").display().to_string(),
        );
        std::fs::write(folder.join("panel.toml"), config).unwrap();
        Self { folder, process: None }
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("panel.sock")
    }

    fn start(&mut self) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_nusantarad"));
        command.arg("--config").arg(self.folder.join("panel.toml")).env_clear();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().unwrap());
    }

    /// SIGKILL.
    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            eprintln!("{}: {last:#?}", self.folder.display());
        }
    }
}

/// Asks a panel as root; none when it is away, or went away before it had answered.
async fn ask(socket: &Path, method: &str, path: &str, key: &str, body: &Value) -> Option<(u16, Value)> {
    let answered = tokio::time::timeout(Duration::from_secs(20), async {
        let mut stream = UnixStream::connect(socket).await.ok()?;
        let body = body.to_string();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json");
        let request = format!("{head}\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text).await.ok()?;
        let text = String::from_utf8(text).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(body).ok()?))
    });
    answered.await.ok().flatten()
}

/// Asks for accounts until told to stop; the jobs of those that were acknowledged.
async fn client(number: usize, sockets: Vec<PathBuf>, stop: Arc<AtomicBool>) -> Vec<JobId> {
    let mut acknowledged = Vec::new();
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let (name, key) = (format!("c{number}a{n}"), RequestId::generate().to_string());
        let body = json!({"username": name, "primary_domain": format!("{name}.test"), "package": "starter"});
        // Whoever hears nothing asks again, another panel and with the same key, until somebody answers.
        let mut turn = number + n;
        let answer = loop {
            match ask(&sockets[turn % PANELS], "POST", "/api/v1/accounts", &key, &body).await {
                Some((202, answer)) => break answer,
                Some((status @ (500.. | 429), answer)) => eprintln!("{status} {answer}"),
                Some((status, answer)) => panic!("{status} {answer}"),
                None => {}
            }
            turn += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        acknowledged.push(answer["job"]["id"].as_str().unwrap().parse().unwrap());
    }
    acknowledged
}

async fn make_schedules(store: &Store) -> Vec<ScheduleRecord> {
    let now = Utc::now();
    let first = now.duration_trunc(TimeDelta::minutes(1)).unwrap() - TimeDelta::minutes(MISSED);
    let mut made = Vec::new();
    for task in TASKS {
        let record = ScheduleRecord {
            id: ScheduleId::generate(),
            name: task.replace('_', "-").parse().unwrap(),
            task: task.to_owned(),
            cron: "* * * * *".parse().unwrap(),
            zone: "UTC".to_owned(),
            jitter_seconds: 0,
            missed: MissedPolicy::All,
            catch_up: 100,
            enabled: true,
            next_due: Some(first),
            last_job: None,
            created_by: Actor::root(),
            created_at: now,
            updated_at: now,
            generation: 1,
        };
        let tx = store.begin().await.unwrap();
        tx.schedule_insert(&record).await.unwrap();
        tx.commit().await.unwrap();
        made.push(record);
    }
    made
}

/// Switches a schedule off, however often it runs meanwhile.
async fn switch_off(store: &Store, schedule: &ScheduleRecord) {
    loop {
        let tx = store.begin().await.unwrap();
        let known = tx.schedule_get(&schedule.name).await.unwrap().unwrap();
        if tx.schedule_update(&ScheduleRecord { enabled: false, ..known }).await.is_ok() {
            return tx.commit().await.unwrap();
        }
    }
}

async fn all_jobs(store: &Store) -> Vec<JobRecord> {
    let (mut all, mut filter) = (Vec::new(), JobFilter::default());
    loop {
        let page = store.job_list(Scope::All, &filter, 500).await.unwrap();
        let Some(last) = page.last() else { return all };
        filter.before = Some(last.id);
        all.extend(page);
    }
}

/// Kills one panel after the other, and starts it again after a while that may be longer than its leases. How many kills.
async fn kill_at_random(panels: &Mutex<Vec<Panel>>, mut chance: Chance, until: Instant) -> usize {
    let mut kills = 0;
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(700 + chance.below(1_800))).await;
        let victim = usize::try_from(chance.below(PANELS as u64)).unwrap();
        panels.lock().unwrap()[victim].kill();
        kills += 1;
        tokio::time::sleep(Duration::from_millis(chance.below(5_000))).await;
        panels.lock().unwrap()[victim].start();
    }
    kills
}

/// Waits until nothing is under way and no schedule has anything to make up for.
async fn settled(store: &Store) {
    let began = Instant::now();
    loop {
        let due = store.schedule_due(Utc::now()).await.unwrap().len();
        let open = store.job_requests_under_way().await.unwrap().len();
        if open + due == 0 {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(300), "{open} jobs and {due} schedules are not over");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn prove(url: String, kind: &str) {
    let seconds = std::env::var("NUSANTARA_SEVERAL_SECONDS").map_or(20, |seconds| seconds.parse().unwrap());
    let seed = std::env::var("NUSANTARA_SEED").map_or_else(|_| RequestId::generate().0.as_u64_pair().1, |seed| seed.parse().unwrap());
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let host = FakeHost::start(&folder.path().join("hostd.sock"));
    host.state().takes = Duration::from_millis(60);
    let store = Store::open(&url).await.unwrap();
    let schedules = make_schedules(&store).await;
    let mut panels: Vec<Panel> = (0..PANELS).map(|number| Panel::new(folder.path(), number, &url)).collect();
    let sockets: Vec<PathBuf> = panels.iter().map(Panel::socket).collect();
    panels.iter_mut().for_each(Panel::start);
    let (panels, stop) = (Mutex::new(panels), Arc::new(AtomicBool::new(false)));
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(client(number, sockets.clone(), Arc::clone(&stop)));
    }
    let kills = kill_at_random(&panels, Chance(seed), Instant::now() + Duration::from_secs(seconds)).await;
    stop.store(true, Ordering::Relaxed);
    let acknowledged: Vec<JobId> = clients.join_all().await.into_iter().flatten().collect();
    settled(&store).await;
    // No more times come while they are counted.
    for schedule in &schedules {
        switch_off(&store, schedule).await;
    }
    settled(&store).await;
    panels.lock().unwrap().iter_mut().for_each(Panel::kill);
    let resumed = check_jobs(&store, &host, &acknowledged).await;
    let slots = check_schedules(&store, &schedules).await;
    println!(
        "PROOF several panels: {kind}, {seconds} s, {kills} kills: {} accounts asked for, {slots} times of schedules, {resumed} jobs taken \
         up again; nothing lost, nothing done twice",
        acknowledged.len()
    );
}

/// Every acknowledged job has ended well, with all its steps; the host did each once; the trail says each once. How many were resumed.
async fn check_jobs(store: &Store, host: &FakeHost, acknowledged: &[JobId]) -> usize {
    let jobs = all_jobs(store).await;
    let by_id: HashMap<JobId, &JobRecord> = jobs.iter().map(|job| (job.id, job)).collect();
    let unique: HashSet<&JobId> = acknowledged.iter().collect();
    assert_eq!(unique.len(), acknowledged.len(), "each request made a job of its own");
    let creates: Vec<&JobRecord> = jobs.iter().filter(|job| job.kind == "account.create").collect();
    assert_eq!(creates.len(), acknowledged.len(), "and none beside it");
    for id in acknowledged {
        assert_eq!(by_id.get(id).map(|job| job.state), Some(JobState::Success), "{:?}", by_id.get(id));
    }
    let asked = host.state().asked.clone();
    let done = host.state().done.clone();
    for job in &creates {
        assert_eq!(done.get(&job.request), Some(&1), "the host did it once: {job:?}");
        let asked = asked.iter().filter(|request| **request == job.request).count();
        assert!((1..=job.attempts as usize).contains(&asked), "asked {asked} times in {} attempts", job.attempts);
    }
    assert!(done.values().all(|times| *times == 1), "nor anything else twice");
    assert_eq!(host.state().accounts.len(), creates.len());
    for job in &jobs {
        assert_eq!(job.state, JobState::Success, "{job:?}");
        let steps = store.step_list(job.id).await.unwrap();
        assert!(!steps.is_empty() && steps.iter().all(|step| step.state == StepState::Success), "{job:?} {steps:?}");
    }
    check_trail(store, &jobs).await;
    jobs.iter().filter(|job| job.attempts > 1).count()
}

async fn check_trail(store: &Store, jobs: &[JobRecord]) {
    store.audit_verify(None).await.unwrap().unwrap();
    let (mut said, mut after) = (HashMap::<String, (usize, usize)>::new(), 0);
    loop {
        let rows = store.audit_after(after, 500).await.unwrap();
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            let (begun, ended) = said.entry(row.request_id).or_default();
            if row.phase == AuditPhase::Begin { *begun += 1 } else { *ended += 1 }
        }
    }
    for job in jobs {
        assert_eq!(said.get(&job.request.to_string()), Some(&(1, 1)), "one beginning and one end: {job:?}");
    }
}

/// Every minute has one job, and every job of a schedule a minute. How many.
async fn check_schedules(store: &Store, schedules: &[ScheduleRecord]) -> usize {
    let (mut all, mut jobs) = (0, BTreeSet::new());
    for schedule in schedules {
        let runs = store.schedule_runs(schedule.id, None, 100_000).await.unwrap();
        let mut expected = schedule.next_due.unwrap();
        for run in runs.iter().rev() {
            assert_eq!(run.slot.due_at, expected, "no minute is left out, none comes twice");
            assert_eq!((run.slot.missed, run.state), (0, Some(JobState::Success)), "{run:?}");
            assert!(jobs.insert(run.slot.job.unwrap()), "a job for each");
            expected += TimeDelta::minutes(1);
        }
        assert!(runs.len() >= usize::try_from(MISSED).unwrap(), "{} of {}", runs.len(), schedule.name);
        all += runs.len();
    }
    let made = all_jobs(store).await.into_iter().filter(|job| job.created_by == Actor::system()).count();
    assert_eq!(made, all, "no job without a time");
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_panels_on_postgresql_lose_nothing_and_do_nothing_twice() {
    let server = Server::start(Kind::Postgres);
    prove(server.database("several"), "PostgreSQL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_panels_on_mariadb_lose_nothing_and_do_nothing_twice() {
    let server = Server::start(Kind::Mariadb);
    prove(server.database("several"), "MariaDB").await;
}
