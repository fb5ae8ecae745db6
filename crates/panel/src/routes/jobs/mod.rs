//! Jobs.

pub(crate) mod cancel;
pub(crate) mod events;
pub(crate) mod list;
pub(crate) mod show;
