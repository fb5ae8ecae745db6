//! Where an observation gets from what the host holds for all accounts together: its users, systemd's list of units, the FTP logins.
//! One account asks for its own; a pass over many looks once and shares what it saw.
//!
//! What was seen once may be old when the last account is looked at. So whoever finds a difference in a shared sight looks again
//! with [`Sight::One`], inside the account's lock, before saying so.

use super::{databases, ftp};
use crate::daemon::Daemon;
use crate::state::entries;
use nusantara_facts::disk::user_quota_device;
use nusantara_host::databases::Seen as SeenDatabases;
use nusantara_host::users::{Everybody, Passwd};
use nusantara_host::{HostError, login, users};
use nusantara_types::{Login, Username};
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where units lie, and the folders of their drop-ins.
pub(super) const UNITS: &str = "/etc/systemd/system";
/// The units that accounts have.
const OURS: [&str; 3] = ["nusantara-php*@*.socket", "nusantara-app@*.service", "nusantara-cron@*.timer"];
/// Where the homes are.
const HOMES: &str = "/home";

/// What was seen of all accounts at once.
#[derive(Debug)]
pub(crate) struct Seen {
    everybody: Everybody,
    active: HashSet<String>,
    units: BTreeSet<String>,
    databases: Option<Arc<SeenDatabases>>,
    ftp: String,
    ftp_served: bool,
    quotas: Option<PathBuf>,
}

/// How an account is looked at.
#[derive(Debug)]
pub(crate) enum Sight {
    /// By itself: everything is asked for now.
    One,
    /// As one of many.
    Many(Box<Seen>),
}

impl Sight {
    /// Looks at what all accounts share, once.
    pub(crate) async fn of_all(d: &Daemon) -> Result<Self, HostError> {
        let (everybody, units, ftp_served) = tokio::try_join!(Everybody::look(), d.systemd.list_units_of(&OURS), ftp::serves(d))?;
        let is_active = |state: &str| matches!(state, "active" | "reloading");
        Ok(Self::Many(Box::new(Seen {
            everybody,
            active: units.into_iter().filter(|unit| is_active(&unit.active_state)).map(|unit| unit.name).collect(),
            units: listed()?.into_iter().collect(),
            databases: if d.index.has_databases() { databases::seen_by_many().await } else { None },
            ftp: ftp::kept()?,
            ftp_served,
            quotas: user_quota_device(Path::new(HOMES)),
        })))
    }

    pub(super) async fn user(&self, username: &Username) -> Result<Option<Passwd>, HostError> {
        match self {
            Self::One => users::lookup(username).await,
            Self::Many(seen) => Ok(seen.everybody.user(username)),
        }
    }

    /// The id of the user's own group.
    pub(super) async fn group(&self, username: &Username) -> Result<Option<u32>, HostError> {
        match self {
            Self::One => users::group(username).await,
            Self::Many(seen) => Ok(seen.everybody.group(username)),
        }
    }

    pub(super) async fn login(&self, username: &Username) -> Result<Option<Login>, HostError> {
        match self {
            Self::One => login::state(username).await,
            Self::Many(seen) => Ok(seen.everybody.login(username)),
        }
    }

    pub(super) async fn groups(&self, username: &Username, gid: u32, among: Vec<&'static str>) -> Result<Vec<&'static str>, HostError> {
        match self {
            Self::One => users::groups_among(username, gid, among).await,
            Self::Many(seen) => Ok(seen.everybody.groups_among(username, among)),
        }
    }

    pub(super) async fn is_active(&self, d: &Daemon, unit: &str) -> Result<bool, HostError> {
        match self {
            Self::One => d.systemd.is_active(unit).await,
            Self::Many(seen) => Ok(seen.active.contains(unit)),
        }
    }

    /// What lies beside the units under names that begin so.
    pub(super) fn units(&self, prefix: &str) -> Result<Vec<String>, HostError> {
        match self {
            Self::One => Ok(listed()?.into_iter().filter(|name| name.starts_with(prefix)).collect()),
            Self::Many(seen) => {
                let from = seen.units.range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
                Ok(from.take_while(|name| name.starts_with(prefix)).cloned().collect())
            }
        }
    }

    /// Databases and their users; none when no server answers.
    pub(super) async fn databases(&self) -> Result<Option<Arc<SeenDatabases>>, HostError> {
        match self {
            Self::One => databases::seen().await,
            Self::Many(seen) => Ok(seen.databases.clone()),
        }
    }

    /// The FTP logins of all accounts.
    pub(super) fn ftp(&self) -> Result<String, HostError> {
        match self {
            Self::One => ftp::kept(),
            Self::Many(seen) => Ok(seen.ftp.clone()),
        }
    }

    pub(super) async fn ftp_served(&self, d: &Daemon) -> Result<bool, HostError> {
        match self {
            Self::One => ftp::serves(d).await,
            Self::Many(seen) => Ok(seen.ftp_served),
        }
    }

    /// The device of the homes, where quotas are kept.
    pub(super) fn quotas(&self) -> Option<PathBuf> {
        match self {
            Self::One => super::quota::device(),
            Self::Many(seen) => seen.quotas.clone(),
        }
    }
}

fn listed() -> Result<Vec<String>, HostError> {
    entries(Path::new(UNITS)).map_err(|e| HostError::io(format!("list {UNITS}"), e))
}
