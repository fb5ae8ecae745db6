//! nusantarad, the HTTP panel: callers and authorization, routes, the flows of its jobs, the index over what hosts have.
//!
//! It never touches the host: it sends operations to the host daemon and writes down what came of them. Root is reached only
//! through that daemon, which checks everything again.

mod acme;
mod app;
mod audit_copy;
mod audit_join;
mod audit_seal;
mod auth;
mod config;
mod daemon;
mod dns;
mod drift;
mod flows;
mod host;
mod http;
mod index;
mod instance;
mod logging;
mod orphans;
mod others;
mod presence;
mod recent;
mod room;
mod routes;
mod schedules;
mod server;
mod streams;
#[cfg(test)]
mod tests;
mod upkeep;
mod usage;
mod views;

pub use config::CONFIG_FILE;
pub use daemon::{run, steps_document};
pub use routes::{openapi_document, policy_document};
pub use upkeep::{Upkeep, run as upkeep};
