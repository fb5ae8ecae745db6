//! What accounts use.

pub(crate) mod history;
pub(crate) mod show;
