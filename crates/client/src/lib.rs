//! Typed client of the panel's HTTP API, for the command line, tests and benchmarks.
//!
//! A [`Client`] speaks over the local socket (where the kernel tells the panel who calls) or over HTTPS with a session. Every
//! route is one method that takes and returns the types of `nusantara-api`; what can go wrong is one [`Error`]. A
//! create whose answer got lost is sent once more under its idempotency key; nothing else that changes something is ever repeated.

mod accounts;
mod aliases;
mod apps;
mod audit;
mod auth;
mod cron;
mod databases;
mod drift;
mod error;
mod events;
mod ftp;
mod history;
mod jobs;
mod packages;
mod people;
mod php;
mod pin;
mod request;
mod schedules;
mod setup;
mod sites;
mod sse;
mod ssh;
mod system;
mod transport;
mod usage;

pub use error::{Error, Obstacle};
pub use nusantara_api as api;
pub use nusantara_types as types;
pub use pin::{Fingerprint, InvalidFingerprint};
pub use transport::{Client, PANEL_SOCKET, Trust};
