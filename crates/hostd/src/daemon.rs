//! Everything an operation may reach for.

use crate::access::Access;
use crate::converge::FirstPages;
use crate::ports::Ports;
use crate::requests::Requests;
use crate::state::Folders;
use crate::state::config::Config;
use crate::state::index::Index;
use crate::state::journal::Journal;
use crate::state::ledger::Ledger;
use crate::state::released::Released;
use crate::state::reserve::Reserve;
use crate::state::seals::Seals;
use crate::state::specs::Specs;
use crate::state::uids::Uids;
use crate::tasks::Tasks;
use crate::web::Web;
use nusantara_host::home::Homes;
use nusantara_host::logs::SiteLogs;
use nusantara_host::systemd::Systemd;
use nusantara_plan::render::nginx::Dialect;
use nusantara_types::{Clock, DomainName, PhpVersion, Timestamp, Username};
use std::sync::Arc;

/// The daemon's parts. One per process, shared by all its tasks.
pub(crate) struct Daemon {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) folders: Folders,
    pub(crate) specs: Specs,
    pub(crate) index: Index,
    /// Names that were given up lately.
    pub(crate) released: Released,
    pub(crate) uids: Uids,
    pub(crate) journal: Journal,
    pub(crate) ledger: Ledger,
    /// Seals of the panel's audit trail.
    pub(crate) seals: Seals,
    /// Room for the way back on a full disk.
    pub(crate) reserve: Reserve,
    pub(crate) requests: Requests,
    pub(crate) access: Access,
    pub(crate) tasks: Tasks,
    pub(crate) systemd: Systemd,
    /// Held while sshd's file is changed.
    pub(crate) sshd: tokio::sync::Mutex<()>,
    pub(crate) web: Web,
    pub(crate) first_pages: FirstPages,
    /// Uid and gid of the web server's workers.
    pub(crate) web_user: (u32, u32),
    /// Who holds which port, as the kernel was told.
    pub(crate) ports: Ports,
    pub(crate) homes: Homes,
    pub(crate) logs: SiteLogs,
    /// Held while the database server is set up; whether a restart of it did not bring our settings into force.
    pub(crate) databases: tokio::sync::Mutex<bool>,
    /// Held while the FTP logins of the host are changed: all accounts share one database.
    pub(crate) ftp: tokio::sync::Mutex<()>,
    /// PHP branches installed at start, ascending.
    pub(crate) php: Vec<PhpVersion>,
    /// What the nginx that was installed at start understands.
    pub(crate) nginx: Dialect,
    /// The host's own name, when it is a full one.
    pub(crate) own_name: Option<DomainName>,
}

impl Daemon {
    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The uid of an account that is served, or of one whose files were broken by hand as long as `account.json` is whole.
    pub(crate) fn uid_of(&self, username: &Username) -> Option<u32> {
        match self.index.get(username) {
            Some(account) => Some(account.uid),
            None if self.index.is_broken(username) => self.specs.uid(username),
            None => None,
        }
    }
}
