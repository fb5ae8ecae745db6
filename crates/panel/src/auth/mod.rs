//! Who is calling and what they may do.

pub(crate) mod budget;
pub(crate) mod caller;
pub(crate) mod csrf;
pub(crate) mod logins;
pub(crate) mod passwords;
pub(crate) mod permission;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod tokens;
