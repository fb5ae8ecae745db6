//! nusantarad, the HTTP panel: callers and authorization, routes, the flows of its jobs, the index over what hosts have.
//!
//! It never touches the host: it sends operations to the host daemon and writes down what came of them. Root is reached only
//! through that daemon, which checks everything again.

mod app;
mod audit_copy;
mod audit_seal;
mod auth;
mod config;
mod daemon;
mod drift;
mod flows;
mod host;
mod http;
mod index;
mod logging;
mod orphans;
mod room;
mod routes;
mod server;
mod streams;
#[cfg(test)]
mod tests;
mod usage;
mod views;

pub use config::CONFIG_FILE;
pub use daemon::{run, steps_document};
pub use routes::{openapi_document, policy_document};
