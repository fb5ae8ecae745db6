//! The audit trail.

pub(crate) mod begin_anew;
pub(crate) mod export;
pub(crate) mod list;
pub(crate) mod verify;
