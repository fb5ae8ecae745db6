//! Packages.

pub(crate) mod apply;
pub(crate) mod change;
pub(crate) mod list;
pub(crate) mod plan;
