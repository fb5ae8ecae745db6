//! SQL over SQLite, PostgreSQL and MariaDB. Owns the schema, the transactions and the audit chain.
//!
//! Rows never leave this crate: callers get records of validated types and call functions named `noun_verb` on a [`Store`]
//! (reads, or one write by itself) or on a [`Tx`] (several writes that stand or fall together). No transaction is ever held
//! across a call to another process, a password hash or a network answer. Times are kept to the microsecond, UTC.

mod accounts;
mod api_tokens;
mod audit;
mod db;
mod drift;
mod error;
mod idempotency;
mod jobs;
mod known_devices;
mod leases;
mod login_attempts;
mod login_links;
mod members;
mod migrations;
mod page;
mod passkeys;
mod roles;
mod rows;
mod schedules;
mod second_factors;
mod sessions;
mod settings;
mod sites;
mod steps;
mod text_enum;
mod usage;
mod users;
mod whole;

pub use accounts::{AccountRecord, AccountStatus, traffic_mark};
pub use api_tokens::ApiTokenRecord;
pub use audit::{AuditEvent, AuditFilter, AuditPhase, AuditRecord, AuditStub, AuditTrail, BEGIN_ANEW};
pub use db::{Store, Tx};
pub use drift::DriftFinding;
pub use error::StoreError;
pub use idempotency::IdempotentReply;
pub use jobs::{Claim, Held, JobFailure, JobFilter, JobRecord, JobState, NewJob, Taker};
pub use login_attempts::LoginAttempt;
pub use login_links::LoginLink;
pub use members::{MemberRecord, Part};
pub use page::Scope;
pub use passkeys::{PasskeyAttempt, PasskeyRecord};
pub use roles::{RoleRecord, Sees};
pub use schedules::{MissedPolicy, ScheduleRecord, ScheduleRun, SlotRun};
pub use second_factors::TotpRecord;
pub use sessions::SessionRecord;
pub use sites::{SiteFilter, SiteRecord, SiteStatus};
pub use steps::{StepRecord, StepState};
pub use usage::UsageSample;
pub use users::UserRecord;
pub use whole::{Filling, MoveError, Moved, PortableRow, Progress, Snapshot, Table, TableDigest, Tally};
