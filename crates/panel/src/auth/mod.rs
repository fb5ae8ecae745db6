//! Who is calling and what they may do.

pub(crate) mod access;
pub(crate) mod api_tokens;
pub(crate) mod budget;
pub(crate) mod caller;
pub(crate) mod csrf;
pub(crate) mod devices;
pub(crate) mod factor_drop;
pub(crate) mod links;
pub(crate) mod logins;
pub(crate) mod passkeys;
pub(crate) mod passwords;
pub(crate) mod permission;
pub(crate) mod roles;
pub(crate) mod second_factor;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod tokens;
pub(crate) mod vault;
