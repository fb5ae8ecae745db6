//! PHP of an account.

pub(crate) mod show;
pub(crate) mod update;
