//! What every handler shares.

use crate::auth::access::Access;
use crate::auth::passwords::Passwords;
use crate::auth::setup::Setup;
use crate::auth::vault::Vault;
use crate::config::Config;
use crate::host::Host;
use crate::http::hosts::Hosts;
use crate::streams::Streams;
use chrono::SubsecRound;
use nusantara_jobs::Engine;
use nusantara_store::Store;
use nusantara_types::{Clock, Timestamp};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The running panel.
pub(crate) type App = Arc<State>;

/// Its parts.
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    pub(crate) host: Host,
    pub(crate) passwords: Passwords,
    pub(crate) setup: Setup,
    pub(crate) vault: Vault,
    pub(crate) access: Access,
    pub(crate) hosts: Hosts,
    pub(crate) streams: Streams,
    /// Held while the whole audit trail is walked.
    pub(crate) audit_checks: tokio::sync::Mutex<()>,
    /// Cancelled when the process is told to end, before connections are waited for: streams end then.
    pub(crate) ending: CancellationToken,
}

impl State {
    /// The time, to the microsecond that the database keeps: what is answered now equals what is read later.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().trunc_subsecs(6)
    }
}
