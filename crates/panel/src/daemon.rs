//! Puts the parts together and runs them until the process is told to stop.

use crate::acme::{self, Acme};
use crate::app::{App, State};
use crate::audit_copy::AuditCopy;
use crate::auth::access::Access;
use crate::auth::budget::FORGOTTEN_AFTER;
use crate::auth::devices;
use crate::auth::passkeys::Passkeys;
use crate::auth::passwords::Passwords;
use crate::auth::sessions;
use crate::auth::setup::Setup;
use crate::auth::vault::Vault;
use crate::config::Config;
use crate::host::Host;
use crate::http::hosts::Hosts;
use crate::instance::Instance;
use crate::recent::Recent;
use crate::server::Sockets;
use crate::streams::Streams;
use crate::{audit_seal, drift, flows, index, logging, orphans, others, presence, room, routes, schedules, server, usage};
use chrono::TimeDelta;
use nusantara_jobs::{Engine, Failpoints, Leader, Settings, Tasks};
use nusantara_store::{Store, StoreError};
use nusantara_types::{Clock, SystemClock, Timestamp};
use sd_notify::NotifyState;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long tasks may take to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often what is over is removed from the database.
const TIDY_EVERY: Duration = Duration::from_secs(600);
/// How long the answer to a create is remembered.
const KEYS_LIVE: TimeDelta = TimeDelta::hours(24);

/// How long jobs that have ended are kept, with their steps, and what became of the times of schedules. The audit trail keeps what was
/// done for ever.
const JOBS_KEPT: TimeDelta = TimeDelta::days(90);

/// Runs the daemon until SIGTERM or SIGINT.
///
/// # Errors
/// A sentence for the log.
pub fn run(config_file: &Path) -> Result<(), String> {
    logging::start();
    let config = Config::load(config_file)?;
    let workers = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 4));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), String> {
    let tasks = Tasks::default();
    let told = told_to_end(&tasks)?;
    let sockets = Sockets::take(&config)?;
    let Some(store) = open_or_wait(&config, &sockets, &told).await? else { return Ok(()) };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let app = assemble_on(config, store, clock, Passwords::default(), tasks.clone()).await?;
    start_tasks(&app, &tasks);
    let stop = async {
        told.cancelled().await;
        app.ending.cancel();
    };
    let ready = || {
        // Without a service manager there is nobody to tell.
        let _ = sd_notify::notify(&[NotifyState::Ready, NotifyState::Status("")]);
        tracing::info!(version = env!("CARGO_PKG_VERSION"), panel = app.instance.name, "the panel is ready");
    };
    let served = server::run(routes::router(Arc::clone(&app)), &app.config, sockets, ready, stop).await;
    if !tasks.end(PATIENCE).await {
        tracing::warn!("some tasks did not end in time");
    }
    app.engine.release().await.map_err(|e| e.to_string())?;
    app.store.close().await;
    served
}

/// Cancelled when the process is told to end.
fn told_to_end(tasks: &Tasks) -> Result<CancellationToken, String> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
    let told = CancellationToken::new();
    let (tells, ends) = (told.clone(), tasks.clone());
    tasks.spawn("signals", async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {}, () = ends.stopped() => return }
        let _ = sd_notify::notify(&[NotifyState::Stopping]);
        tells.cancel();
    });
    Ok(told)
}

/// Opens the database. While it is away whoever asks is told so, with when to come back; none when the process is told to end first.
async fn open_or_wait(config: &Config, sockets: &Sockets, told: &CancellationToken) -> Result<Option<Store>, String> {
    let failed = |error: StoreError| format!("the database cannot be opened: {error}");
    match open(config).await {
        Err(error @ StoreError::Away(_)) => {
            tracing::warn!(%error, "the database does not answer; the panel begins its work when it does");
        }
        opened => return opened.map(Some).map_err(failed),
    }
    let over = CancellationToken::new();
    let waited = async {
        let opened = tokio::select! { opened = presence::wait(&config.database_url) => Some(opened), () = told.cancelled() => None };
        over.cancel();
        opened.transpose().map_err(failed)
    };
    let ready = || {
        let _ = sd_notify::notify(&[NotifyState::Ready, NotifyState::Status("waiting for the database")]);
    };
    let (opened, served) = tokio::join!(waited, server::run(routes::waiting(), config, sockets.again()?, ready, over.cancelled()));
    served.and(opened)
}

/// Puts the parts together on a database that is open, and starts the engine; nothing is served yet.
pub(crate) async fn assemble_on(
    config: Config,
    store: Store,
    clock: Arc<dyn Clock>,
    passwords: Passwords,
    tasks: Tasks,
) -> Result<App, String> {
    let instance = Instance::of(&config.state_dir)?;
    let host = Host::at(&config.hostd_socket);
    let setup = Setup::prepare(&store, &config.state_dir, clock.now()).await?;
    let vault = Arc::new(Vault::open(&config.state_dir)?);
    let acme = Acme::of(&config, &store, &vault, &clock);
    let access = Access::load(&store).await?;
    let passkeys = Passkeys::prepare(&config)?;
    let failpoints = Failpoints::in_folder(&config.state_dir);
    let copy = AuditCopy::new(&config.audit_file, &config.state_dir);
    let parts =
        flows::Parts { host: host.clone(), store: store.clone(), clock: Arc::clone(&clock), copy: copy.clone(), acme: acme.clone() };
    let settings = Settings {
        at_once: config.jobs_at_once,
        lease: Duration::from_secs(config.job_lease_seconds.into()),
        ..Settings::named(instance.name.as_str())
    };
    let engine = Engine::start(store.clone(), Arc::clone(&clock), flows::all(&parts), failpoints, settings, tasks.clone());
    let engine = engine.await.map_err(|e| format!("the job engine cannot start: {e}"))?;
    let leader = Leader::start(&store, &clock, engine.owner(), &tasks).await.map_err(|e| format!("the database does not answer: {e}"))?;
    let hosts = Hosts::new(&config.allowed_hosts, &config.names());
    Ok(Arc::new(State {
        config,
        clock,
        store,
        engine,
        leader,
        instance,
        audit_copy: copy,
        host,
        passwords,
        passkeys,
        setup,
        vault,
        acme,
        access,
        hosts,
        streams: Streams::default(),
        audit_checks: tokio::sync::Mutex::default(),
        tokens: Recent::default(),
        sessions: Recent::default(),
        jobs: Recent::default(),
        accounts: Recent::default(),
        account_pages: Recent::default(),
        ending: CancellationToken::new(),
    }))
}

/// Opens the database, on a full disk with the room that was kept for it.
async fn open(config: &Config) -> Result<Store, StoreError> {
    match Store::open(&config.database_url).await {
        Err(error @ StoreError::Full(_)) if room::give(&config.state_dir) => {
            tracing::warn!(%error, "the disk is full; the room that was kept for the database is given to it");
            Store::open(&config.database_url).await
        }
        opened => opened,
    }
}

fn start_tasks(app: &App, tasks: &Tasks) {
    tasks.spawn("audit seals", audit_seal::keep_sealing(Arc::clone(app), tasks.clone()));
    tasks.spawn("audit copy", app.audit_copy.clone().follow(app.store.clone(), tasks.clone()));
    tasks.spawn("orphans", orphans::keep_settling(Arc::clone(app), app.clock.now(), tasks.clone()));
    let (store, engine, clock) = (app.store.clone(), app.engine.clone(), Arc::clone(&app.clock));
    tasks.spawn("schedules", nusantara_jobs::schedules::keep_time(store, engine, clock, schedules::planned, tasks.clone()));
    if app.store.is_shared() {
        tasks.spawn("presence", presence::watch(Arc::clone(app), tasks.clone()));
        tasks.spawn("others", others::keep_up(Arc::clone(app), tasks.clone()));
    } else {
        tasks.spawn("room", room::keep(app.config.state_dir.clone(), tasks.clone()));
    }
    tasks.spawn("index", index::keep_in_line(Arc::clone(app), tasks.clone()));
    tasks.spawn("usage", usage::keep_sampling(Arc::clone(app), tasks.clone()));
    tasks.spawn("drift", drift::keep_looking(Arc::clone(app), tasks.clone()));
    tasks.spawn("certificates", acme::keep_renewing(Arc::clone(app), tasks.clone()));
    tasks.spawn("tidy", tidy(Arc::clone(app), tasks.clone()));
}

/// Removes what is over.
async fn tidy(app: App, tasks: Tasks) {
    loop {
        if app.leader.is_me()
            && let Err(error) = remove_what_is_over(&app.store, app.clock.now()).await
            && !error.is_away()
        {
            tracing::warn!(%error, "what is over could not be removed from the database");
        }
        tokio::select! { () = tokio::time::sleep(TIDY_EVERY) => {}, () = tasks.stopped() => return }
    }
}

/// Sessions, remembered answers, old samples, counts of failed logins, jobs of long ago.
pub(crate) async fn remove_what_is_over(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    sessions::prune(store, now).await?;
    store.idempotent_prune(now - KEYS_LIVE).await?;
    store.usage_prune(now - usage::KEPT).await?;
    store.login_link_prune(now).await?;
    store.known_device_prune(now - devices::KEPT).await?;
    store.passkey_attempt_prune(now).await?;
    store.login_attempt_prune(now - FORGOTTEN_AFTER).await?;
    store.schedule_runs_prune(now - JOBS_KEPT).await?;
    // A few at a time, so that nobody waits long for the database.
    while store.job_prune(now - JOBS_KEPT, 500).await? == 500 {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Where crash tests may end this daemon, by operation: its own points, and the host daemon's steps as it hears of them.
#[must_use]
pub fn steps_document() -> String {
    let operations = nusantara_plan::steps::ALL.iter().map(|(operation, steps)| {
        let points: Vec<&str> = flows::POINTS.iter().copied().chain(steps.iter().map(|step| step.name())).collect();
        (operation.to_string(), serde_json::Value::from(points))
    });
    serde_json::Value::Object(operations.collect()).to_string()
}
