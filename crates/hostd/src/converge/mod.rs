//! Observe, plan, carry out, and on failure the way back.
//!
//! Deciding is `nusantara-plan`'s; here is only doing. Every change is safe to repeat, so finishing what a crash cut short is the
//! same code as doing it the first time.

pub(crate) mod access;
pub(crate) mod alive;
mod app;
mod apply;
mod cron;
pub(crate) mod databases;
pub(crate) mod ftp;
mod last_copy;
mod observe;
mod php;
mod probe;
pub(crate) mod quota;
mod rename;
mod run;
mod sight;
mod ssh;

pub(crate) use app::refresh as refresh_apps;
pub(crate) use observe::{observe, observe_in};
pub(crate) use php::{refresh as refresh_php, service as php_service};
pub(crate) use probe::FirstPages;
pub(crate) use run::{Failed, Work, forward, take_back};
pub(crate) use sight::Sight;
