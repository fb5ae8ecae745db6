//! Puts the parts together and runs them until the process is told to stop.

use crate::app::{App, State};
use crate::audit_copy::AuditCopy;
use crate::auth::access::Access;
use crate::auth::budget::FORGOTTEN_AFTER;
use crate::auth::devices;
use crate::auth::passwords::Passwords;
use crate::auth::sessions;
use crate::auth::setup::Setup;
use crate::auth::vault::Vault;
use crate::config::Config;
use crate::host::Host;
use crate::http::hosts::Hosts;
use crate::streams::Streams;
use crate::{audit_seal, drift, flows, index, logging, orphans, room, routes, server, usage};
use chrono::TimeDelta;
use nusantara_jobs::{Engine, Failpoints, Settings, Tasks};
use nusantara_store::{Store, StoreError};
use nusantara_types::{Clock, SystemClock};
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
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let app = assemble(config, clock, Passwords::default(), tasks.clone()).await?;
    start_tasks(&app, &tasks);
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
    let stop = async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        let _ = sd_notify::notify(&[NotifyState::Stopping]);
        app.ending.cancel();
    };
    let ready = || {
        // Without a service manager there is nobody to tell.
        let _ = sd_notify::notify(&[NotifyState::Ready]);
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "the panel is ready");
    };
    let served = server::run(routes::router(Arc::clone(&app)), &app.config, ready, stop).await;
    if !tasks.end(PATIENCE).await {
        tracing::warn!("some tasks did not end in time");
    }
    app.engine.release().await.map_err(|e| e.to_string())?;
    app.store.close().await;
    served
}

/// Opens the database and starts the engine; nothing is served yet.
pub(crate) async fn assemble(config: Config, clock: Arc<dyn Clock>, passwords: Passwords, tasks: Tasks) -> Result<App, String> {
    let store = open(&config).await.map_err(|e| format!("the database cannot be opened: {e}"))?;
    let host = Host::at(&config.hostd_socket);
    let setup = Setup::prepare(&store, &config.state_dir, clock.now()).await?;
    let vault = Vault::open(&config.state_dir)?;
    let access = Access::load(&store).await?;
    let failpoints = Failpoints::in_folder(&config.state_dir);
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let engine = Engine::start(
        store.clone(),
        Arc::clone(&clock),
        flows::all(&host, &store, &clock),
        failpoints,
        Settings::for_machine(machine),
        tasks,
    )
    .await
    .map_err(|e| format!("the job engine cannot start: {e}"))?;
    let hosts = Hosts::new(&config.allowed_hosts, &config.names());
    Ok(Arc::new(State {
        config,
        clock,
        store,
        engine,
        host,
        passwords,
        setup,
        vault,
        access,
        hosts,
        streams: Streams::default(),
        audit_checks: tokio::sync::Mutex::default(),
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
    let copy = AuditCopy::new(&app.config.audit_file, &app.config.state_dir);
    tasks.spawn("audit seals", audit_seal::keep_sealing(Arc::clone(app), copy.clone(), tasks.clone()));
    tasks.spawn("audit copy", copy.follow(app.store.clone(), tasks.clone()));
    tasks.spawn("orphans", orphans::settle(Arc::clone(app), app.clock.now(), tasks.clone()));
    if !app.store.is_shared() {
        tasks.spawn("room", room::keep(app.config.state_dir.clone(), tasks.clone()));
    }
    tasks.spawn("index", index::keep_in_line(app.store.clone(), app.host.clone(), Arc::clone(&app.clock), tasks.clone()));
    tasks.spawn("usage", usage::keep_sampling(Arc::clone(app), tasks.clone()));
    tasks.spawn("drift", drift::keep_looking(Arc::clone(app), tasks.clone()));
    tasks.spawn("tidy", tidy(Arc::clone(app), tasks.clone()));
}

/// Removes what is over: sessions, remembered answers, old samples, counts of failed logins.
async fn tidy(app: App, tasks: Tasks) {
    loop {
        let now = app.clock.now();
        let store = &app.store;
        let removed = async {
            sessions::prune(store, now).await?;
            store.idempotent_prune(now - KEYS_LIVE).await?;
            store.usage_prune(now - usage::KEPT).await?;
            store.login_link_prune(now).await?;
            store.known_device_prune(now - devices::KEPT).await?;
            store.login_attempt_prune(now - FORGOTTEN_AFTER).await
        };
        if let Err(error) = removed.await {
            tracing::warn!(%error, "what is over could not be removed from the database");
        }
        tokio::select! { () = tokio::time::sleep(TIDY_EVERY) => {}, () = tasks.stopped() => return }
    }
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
