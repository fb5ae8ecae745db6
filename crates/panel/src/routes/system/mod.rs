//! The panel and its host.

pub(crate) mod compatibility;
pub(crate) mod health;
pub(crate) mod openapi;
