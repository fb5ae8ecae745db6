//! What every handler shares.

use crate::acme::Acme;
use crate::audit_copy::AuditCopy;
use crate::auth::access::Access;
use crate::auth::caller::Caller;
use crate::auth::passkeys::Passkeys;
use crate::auth::passwords::Passwords;
use crate::auth::setup::Setup;
use crate::auth::vault::Vault;
use crate::config::Config;
use crate::host::Host;
use crate::http::hosts::Hosts;
use crate::instance::Instance;
use crate::recent::Recent;
use crate::routes::{AccountPage, IndexedAccount};
use crate::streams::Streams;
use chrono::SubsecRound;
use nusantara_jobs::{Engine, Leader};
use nusantara_store::{JobRecord, Scope, StepRecord, Store};
use nusantara_types::{Clock, JobId, Timestamp, Username};
use std::net::IpAddr;
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
    /// Whether this panel does what only one of those that share the database is to do.
    pub(crate) leader: Leader,
    /// Which panel this is.
    pub(crate) instance: Instance,
    pub(crate) host: Host,
    pub(crate) passwords: Passwords,
    pub(crate) passkeys: Passkeys,
    pub(crate) setup: Setup,
    pub(crate) vault: Arc<Vault>,
    /// Where certificates are ordered from.
    pub(crate) acme: Acme,
    pub(crate) access: Access,
    pub(crate) hosts: Hosts,
    pub(crate) streams: Streams,
    /// The copy of the audit trail in a file.
    pub(crate) audit_copy: AuditCopy,
    /// Held while the whole audit trail is walked.
    pub(crate) audit_checks: tokio::sync::Mutex<()>,
    /// Who tokens stand for, by their hash and the address they came from.
    pub(crate) tokens: Recent<(String, IpAddr), Caller>,
    /// Who sessions stand for, by the hash of their token.
    pub(crate) sessions: Recent<String, Caller>,
    /// Jobs with their steps.
    pub(crate) jobs: Recent<(Scope, JobId), (JobRecord, Vec<StepRecord>)>,
    /// What the index has of accounts: by what of accounts and what of their sites is asked for, and the name.
    pub(crate) accounts: Recent<(Scope, Scope, Username), Arc<IndexedAccount>>,
    /// Pages of accounts.
    pub(crate) account_pages: Recent<(Scope, Option<String>, usize), Arc<AccountPage>>,
    /// Cancelled when the process is told to end, before connections are waited for: streams end then.
    pub(crate) ending: CancellationToken,
}

impl State {
    /// The time, to the microsecond that the database keeps: what is answered now equals what is read later.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().trunc_subsecs(6)
    }
}
