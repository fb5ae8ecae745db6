//! Keeps accounts from each other's ports (SECURITY R26): one nftables table, rendered from who holds which port, loaded by a unit
//! of its own. This daemon has no network and may not change one.

use crate::state::Folders;
use nusantara_host::HostError;
use nusantara_host::replace::{self, Access};
use nusantara_host::systemd::Systemd;
use nusantara_plan::render::firewall::table;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The word after the program's name that starts [`bind_probe`].
pub(crate) const BIND_PROBE: &str = "internal-bind-probe";
/// The port that the firewall's unit may not bind, as systemd is told.
const BIND_DENIED: u16 = 19_999;
/// Where [`bind_probe`] leaves what it has seen, until the next boot.
const BIND_SEEN: &str = "/run/nusantara-firewall/bind";
/// Loads the table, at boot and when it is reloaded.
const UNIT: &str = "nusantara-firewall.service";

/// Says what the kernel holds of the table, into [`SEEN`].
const LOOK: &str = "nusantara-firewall-look.service";
const SEEN: &str = "/run/nusantara-firewall/table";

/// The table as it is loaded.
#[derive(Debug)]
pub(crate) struct Ports {
    file: PathBuf,
    systemd: Systemd,
    /// Whose port is whose, by uid.
    claims: Mutex<BTreeMap<u16, u32>>,
    /// What the kernel said it held right after it was told.
    told: Mutex<Option<String>>,
    /// One change at a time.
    turn: tokio::sync::Mutex<()>,
    /// Whether the table could be loaded at start. Where the kernel has no nftables, accounts work all the same, and the host is
    /// said not to have it.
    works: AtomicBool,
}

impl Ports {
    /// Loads the table for what accounts hold now.
    pub(crate) async fn load(folders: &Folders, systemd: &Systemd, claims: BTreeMap<u16, u32>) -> Self {
        let ports = Self {
            file: folders.state.join("firewall.nft"),
            systemd: systemd.clone(),
            claims: Mutex::new(claims.clone()),
            told: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            works: AtomicBool::new(true),
        };
        if let Err(error) = ports.put(&claims).await {
            ports.works.store(false, Ordering::Relaxed);
            tracing::warn!(%error, "accounts cannot be kept from each other's ports on this host");
        }
        ports
    }

    /// Whether accounts are kept from each other's ports.
    pub(crate) async fn guarded(&self) -> bool {
        self.works.load(Ordering::Relaxed) && self.systemd.is_active(UNIT).await.unwrap_or(false)
    }

    fn claims(&self) -> BTreeMap<u16, u32> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The ports that are kept for an account.
    pub(crate) fn of(&self, uid: u32) -> BTreeSet<u16> {
        self.claims().into_iter().filter(|(_, holder)| *holder == uid).map(|(port, _)| port).collect()
    }

    /// Keeps these ports, and no others, for an account.
    ///
    /// # Errors
    /// What nft said; the table is then as it was.
    pub(crate) async fn set(&self, uid: u32, ports: &BTreeSet<u16>) -> Result<(), HostError> {
        let _turn = self.turn.lock().await;
        let mut claims = self.claims();
        claims.retain(|_, holder| *holder != uid);
        claims.extend(ports.iter().map(|port| (*port, uid)));
        match self.put(&claims).await {
            Err(error) if self.works.load(Ordering::Relaxed) => return Err(error),
            Err(_) => {}
            Ok(()) => self.works.store(true, Ordering::Relaxed),
        }
        *self.claims.lock().unwrap_or_else(PoisonError::into_inner) = claims;
        Ok(())
    }

    /// The file of the table, and what it should say.
    pub(crate) fn wanted(&self) -> (PathBuf, String) {
        (self.file.clone(), table(&self.claims()))
    }

    /// Loads the table again, for what accounts hold now.
    ///
    /// # Errors
    /// What nft said.
    pub(crate) async fn load_again(&self) -> Result<(), HostError> {
        let _turn = self.turn.lock().await;
        self.put(&self.claims()).await?;
        self.works.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether this host ever took the table.
    pub(crate) fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed)
    }

    async fn put(&self, claims: &BTreeMap<u16, u32>) -> Result<(), HostError> {
        let text = table(claims);
        // At the daemon's start it mostly is as it was, and has to load on a full disk too.
        if std::fs::read_to_string(&self.file).ok().as_deref() != Some(text.as_str()) {
            replace::write(self.file.clone(), text, Access::SECRET).await?;
        }
        self.systemd.reload(UNIT).await?;
        let told = self.held().await.ok();
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
        Ok(())
    }

    /// What the kernel holds of the table now; nothing when it is gone.
    async fn held(&self) -> Result<String, HostError> {
        self.systemd.start(LOOK).await?;
        std::fs::read_to_string(SEEN).map_err(|e| HostError::io(format!("read {SEEN}"), e))
    }

    /// What the kernel should hold and what it holds, where that is not the same.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub(crate) async fn difference(&self) -> Result<Option<(String, String)>, HostError> {
        let _turn = self.turn.lock().await;
        let held = self.held().await?;
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(told.filter(|told| *told != held).map(|told| (told, held)))
    }
}

/// Tries to bind a port that systemd was told to keep from this process, and writes down whether it could: nothing else says surely
/// whether the kernel lets systemd do that.
pub(crate) fn bind_probe() -> ExitCode {
    let seen = match std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, BIND_DENIED)) {
        Ok(_) => "bound\n",
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => "refused\n",
        Err(_) => "unknown\n",
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let written = runtime.is_ok_and(|runtime| runtime.block_on(replace::write(BIND_SEEN, seen, Access::PUBLIC)).is_ok());
    if written { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether systemd can keep processes from binding ports here; `None` when that was not seen.
pub(crate) fn bind_guarded() -> Option<bool> {
    match std::fs::read_to_string(BIND_SEEN).ok()?.trim() {
        "refused" => Some(true),
        "bound" => Some(false),
        _ => None,
    }
}
