//! The rows as the database holds them. They never leave this crate: callers get records of validated types.
#![allow(missing_docs, unreachable_pub, reason = "the entity macros want plain public items; the module itself is private")]

pub(crate) mod account_grants;
pub(crate) mod accounts;
pub(crate) mod api_tokens;
pub(crate) mod audit_head;
pub(crate) mod audit_logs;
pub(crate) mod audit_seals;
pub(crate) mod drift_findings;
pub(crate) mod idempotency_keys;
pub(crate) mod job_steps;
pub(crate) mod jobs;
pub(crate) mod known_devices;
pub(crate) mod leases;
pub(crate) mod login_attempts;
pub(crate) mod login_links;
pub(crate) mod passkey_attempts;
pub(crate) mod passkeys;
pub(crate) mod recovery_codes;
pub(crate) mod roles;
pub(crate) mod schedule_runs;
pub(crate) mod schedules;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod sites;
pub(crate) mod totp_secrets;
pub(crate) mod usage_samples;
pub(crate) mod users;
