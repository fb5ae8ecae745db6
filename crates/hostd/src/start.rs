//! From nothing to serving, and from serving to nothing.

use crate::access::Access;
use crate::converge::FirstPages;
use crate::daemon::Daemon;
use crate::ports::Ports;
use crate::requests::Requests;
use crate::server::{self, Peers};
use crate::state::Folders;
use crate::state::config::{Config, LogLevel};
use crate::state::index::Index;
use crate::state::journal::Journal;
use crate::state::last_copies;
use crate::state::ledger::Ledger;
use crate::state::logins;
use crate::state::released::Released;
use crate::state::reserve::Reserve;
use crate::state::seals::Seals;
use crate::state::specs::Specs;
use crate::state::uids::Uids;
use crate::tasks::Tasks;
use crate::web::{Nginx, Web};
use crate::{database_server, ftp_watch, idle, logging, provision, recovery};
use listenfd::ListenFd;
use nusantara_host::disk::faults;
use nusantara_host::home::Homes;
use nusantara_host::lock::Locks;
use nusantara_host::logs::SiteLogs;
use nusantara_host::os;
use nusantara_host::systemd::Systemd;
use nusantara_host::users;
use nusantara_host::web::Tree;
use nusantara_plan::render::nginx::Dialect;
use nusantara_types::SystemClock;
use rustix::net::{AddressFamily, SocketType};
use sd_notify::NotifyState;
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_seqpacket::UnixSeqpacketListener;

/// The name of the panel's user, which systemd-sysusers makes.
const PANEL_USER: &str = "nusantara";
/// Operations that may be under way at once; each costs a few kilobytes and some processes.
const MOST_OPERATIONS: usize = 256;
/// Stack of a worker. A build without optimization keeps every temporary of an operation's many awaits on it; what is not used costs
/// no memory.
const STACK: usize = 8 * 1024 * 1024;
/// How long operations may take to end after a request to stop; systemd kills what is left five seconds later.
const STOP_PATIENCE: Duration = Duration::from_secs(25);

/// Runs the daemon.
pub(crate) fn daemon() -> ExitCode {
    // Before any thread: this takes the variables out of the environment.
    let sockets = ListenFd::from_env();
    let folders = Folders::of_host();
    let config = Config::load(&folders.etc.join("hostd.toml"));
    faults::watch();
    logging::start(config.as_ref().map_or(LogLevel::Info, |c| c.log_level));
    let outcome = config.and_then(|config| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(STACK)
            .thread_name("hostd")
            .enable_all()
            .build();
        runtime.map_err(|e| e.to_string())?.block_on(run(sockets, folders, config))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("nusantara-hostd cannot run: {error}");
            eprintln!("nusantara-hostd cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(sockets: ListenFd, folders: Folders, config: Config) -> Result<(), String> {
    let listener = listener(sockets)?;
    let mut stop = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
    // Finishing what a crash cut short may take longer than systemd waits for a start.
    let _ = sd_notify::notify(&[NotifyState::ExtendTimeoutUsec(600_000_000)]);
    let daemon = Arc::new(build(folders, config).await?);
    database_server::provide_at_start(&daemon).await;
    recovery::run(&daemon).await?;
    if let Err(error) = daemon.reserve.keep().await {
        tracing::warn!(%error, "there is no room to be kept for the way back; accounts can only be suspended and deleted");
    }
    provision::resync(&daemon).await;
    let panel = nix::unistd::User::from_name(PANEL_USER).map_err(|e| format!("look up the user {PANEL_USER}: {e}"))?;
    let peers = Peers { panel: panel.map(|user| user.uid.as_raw()) };
    let accounts = daemon.index.names().len();
    tracing::info!(accounts, php = ?daemon.php, version = env!("CARGO_PKG_VERSION"), "ready");
    let _ = sd_notify::notify(&[NotifyState::Ready, NotifyState::Status(&format!("{accounts} accounts"))]);
    tokio::select! {
        () = server::serve(Arc::clone(&daemon), listener, peers) => {}
        () = idle::run(&daemon) => {}
        () = logins::run(&daemon) => {}
        () = ftp_watch::run(&daemon) => {}
        () = last_copies::run(&daemon) => {}
        _ = stop.recv() => {}
        _ = interrupt.recv() => {}
    }
    // The listener is gone now; new callers wait in systemd's socket for the next start.
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
    let tasks = daemon.tasks.clone();
    // Lets the web server's task end when the last operation has.
    drop(daemon);
    if tokio::time::timeout(STOP_PATIENCE, tasks.all_ended()).await.is_err() {
        tracing::warn!(running = tasks.count(), "stopping with operations under way; the next start finishes them");
    }
    Ok(())
}

fn listener(mut sockets: ListenFd) -> Result<UnixSeqpacketListener, String> {
    let (family, kind) = (i32::from(AddressFamily::UNIX.as_raw()), SocketType::SEQPACKET.as_raw());
    let kind = i32::try_from(kind).map_err(|e| e.to_string())?;
    let taken = sockets.take_custom::<OwnedFd>(0, family, kind, "unix seqpacket socket").map_err(|e| e.to_string())?;
    let fd = taken.ok_or("systemd gave no socket: start nusantara-hostd.socket")?;
    rustix::io::ioctl_fionbio(&fd, true).map_err(|e| e.to_string())?;
    UnixSeqpacketListener::try_from(fd).map_err(|e| e.to_string())
}

/// Puts the parts together and makes what the host needs.
async fn build(folders: Folders, config: Config) -> Result<Daemon, String> {
    let systemd = Systemd::connect().await.map_err(|e| e.to_string())?;
    provision::folders(&folders).await.map_err(|e| e.to_string())?;
    let own_name = nusantara_facts::system::hostname().parse().ok();
    provision::certificate(&folders, own_name.as_ref()).await.map_err(|e| e.to_string())?;
    let nginx_version = os::nginx_version().await.map_err(|e| e.to_string())?;
    let php = provision::php(&folders, &systemd).await.map_err(|e| e.to_string())?;
    provision::shared_units(&systemd).await.map_err(|e| e.to_string())?;
    let specs = Specs::of(&folders);
    let index = Index::default();
    let claims = load(&specs, &index)?;
    let ports = Ports::load(&folders, &systemd, claims).await;
    // Also what a broken account's file names: its home may still be somebody's.
    let highest = index.names_with_broken().iter().filter_map(|name| specs.uid(name)).max();
    let uids = Uids::load(&folders, index.highest_uid().max(highest))?;
    let homes = Homes::system();
    uids.see_homes(homes.owners().await.map_err(|e| e.to_string())?);
    let tree = Tree::open(&folders.state.join("nginx"), Path::new("/etc/nginx")).await.map_err(|e| e.to_string())?;
    let nginx = Nginx::new(tree, systemd.clone());
    let journal = Journal::of(&folders);
    if !journal.unfinished()?.is_empty() {
        nginx.reread().await;
    }
    let tasks = Tasks::new();
    let daemon = Daemon {
        clock: Arc::new(SystemClock),
        journal,
        ledger: Ledger::open(&folders)?,
        seals: Seals::open(&folders).await?,
        reserve: Reserve::of(&folders),
        requests: Requests::new(MOST_OPERATIONS),
        access: Access::new(Locks::system()),
        web: Web::start(nginx, &tasks),
        first_pages: FirstPages::default(),
        web_user: users::web_user().await.map_err(|e| e.to_string())?,
        ports,
        homes,
        logs: SiteLogs::system(),
        databases: tokio::sync::Mutex::new(false),
        ftp: tokio::sync::Mutex::new(()),
        nginx: Dialect::of(nginx_version.as_deref()),
        own_name,
        released: Released::load(&folders, config.released_names_days)?,
        config,
        folders,
        specs,
        index,
        uids,
        tasks,
        systemd,
        php,
        sshd: tokio::sync::Mutex::default(),
    };
    provision::panel_conf(&daemon).await;
    provision::sshd(&daemon).await;
    Ok(daemon)
}

/// Reads every account; answers with who holds which port. One whose files are broken is reported and kept apart; the others are
/// served.
fn load(specs: &Specs, index: &Index) -> Result<BTreeMap<u16, u32>, String> {
    let mut ports = BTreeMap::new();
    for username in specs.names().map_err(|e| e.to_string())? {
        // Written by hand and not adopted, or on its way when a crash came, which the journal knows.
        if specs.parse(&username).is_ok_and(|spec| spec.meta.last_applied_revision.is_none()) {
            tracing::info!(account = %username, "a tree that was never applied is left as it is until it is adopted");
            continue;
        }
        match specs.read(&username) {
            Ok(spec) => {
                ports.extend(spec.ports().into_iter().map(|port| (port, spec.account.uid)));
                index.put(&spec);
            }
            Err(error) => {
                tracing::error!(account = %username, %error, "an account's files cannot be used; it is left as it is");
                index.put_broken(&username);
            }
        }
    }
    Ok(ports)
}
