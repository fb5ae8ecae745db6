//! Logging in and out, and one's own login.

pub(crate) mod link;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod me;
pub(crate) mod passkey_login;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod second_factor;
pub(crate) mod sessions;
pub(crate) mod tokens;
pub(crate) mod verify;
