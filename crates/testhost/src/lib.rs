//! Boots real Debian hosts for tests: systemd as PID 1, real nginx, real PHP, real users.
//!
//! Owns: root file systems, the bridge between hosts, their addresses, and taking all of it away again. Refuses to
//! know anything about the panel except where its package is and what its units are called.
//!
//! ```no_run
//! # fn main() -> nusantara_testhost::Result<()> {
//! use nusantara_testhost::Host;
//! let host = Host::with_panel("create-account")?;
//! host.run(["nusantara", "--version"])?;
//! host.finish()
//! # }
//! ```
//!
//! Needs root, `systemd-nspawn` and `mmdebstrap`; for machines also QEMU. A host made here is clean and private to
//! its test, and is gone when the test ends, however it ends. `NUSANTARA_KEEP=1` leaves it up to look at.
#![allow(
    clippy::disallowed_methods,
    reason = "the bans keep the product's file and process handling in one crate; this crate is no part of the product"
)]

mod command;
mod container;
mod error;
pub mod form;
mod host;
mod http;
mod image;
pub mod interrupt;
mod journal;
mod network;
#[cfg(feature = "client")]
mod panel;
mod paths;
mod registry;
mod vm;
mod wait;

#[cfg(feature = "client")]
pub use nusantara_client as client;

pub use crate::{
    command::Output,
    error::{Error, Result},
    host::{Host, HostInfo, HostOptions, User, list, panel_package, reap},
    http::Response,
    image::{Kind, Suite},
    journal::JournalLine,
};
