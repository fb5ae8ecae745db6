//! The vocabulary of Nusantara Panel: validated names, typed ids, the account spec, limits, clock and secret.
//!
//! Everything here is parsed once, at the edge, into a type that cannot hold a bad value; serde goes through the same
//! constructors. This crate does no IO, has no async and depends on no runtime.

pub mod apps;
pub mod audit;
mod clock;
pub mod cron;
pub mod databases;
mod document;
mod drift;
mod ftp;
mod ids;
mod limits;
mod names;
mod parse;
mod people;
mod php;
mod revision;
mod schedules;
mod secret;
pub mod sites;
mod spec;
pub mod ssh;
mod suspension;

pub use apps::AppName;
pub use clock::{Clock, FixedClock, SystemClock};
pub use cron::{CronJobName, Schedule};
pub use databases::{DatabaseName, DatabaseRights, DatabaseService, DatabaseUser, DatabaseUserName};
pub use document::SpecDocument;
pub use drift::DriftId;
pub use ftp::{FtpAccount, FtpName, FtpService};
pub use ids::{ApiTokenId, JobId, PasskeyId, RequestId, ScheduleId, SessionId, SiteId, UserId};
pub use limits::{BandwidthAction, Exceeded, Limits, Package};
pub use names::{Actor, DocRoot, DomainName, EmailAddress, PackageName, Username};
pub use parse::{Invalid, refuse_control};
pub use people::{Network, RoleName};
pub use php::PhpVersion;
pub use revision::{Revision, RevisionName};
pub use schedules::ScheduleName;
pub use secret::{PasswordHash, Secret};
pub use sites::{Runtime, ServedDomain, SiteSettings, Subdomain};
pub use spec::{
    Account, AccountSpec, AccountStatus, AliasDomain, CronService, DomainKind, Domains, Meta, MetaAudit, NodeService, PhpService,
    SCHEMA_VERSION, SchemaVersion, Services, Shell, SpecError, Ssh, SshMode, WebServer,
};
pub use ssh::{SshFingerprint, SshKey};
pub use suspension::{Login, Notes, SuspendReason, Suspension};

/// A point in time, always UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// The lowest uid a hosting account may have. Everything below belongs to the system and is refused by every operation.
pub const FIRST_ACCOUNT_UID: u32 = 12_000;
/// One past the highest uid a hosting account may have; above it lie the ranges systemd hands to dynamic users and containers.
pub const END_ACCOUNT_UID: u32 = 60_000;
