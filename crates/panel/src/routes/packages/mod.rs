//! Packages.

pub(crate) mod list;
