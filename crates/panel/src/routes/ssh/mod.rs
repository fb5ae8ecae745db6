//! Logging in to an account by SSH.

pub(crate) mod key_add;
pub(crate) mod key_remove;
pub(crate) mod show;
pub(crate) mod update;
