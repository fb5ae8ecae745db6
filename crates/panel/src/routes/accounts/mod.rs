//! Accounts.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod password;
pub(crate) mod plan;
pub(crate) mod primary_domain;
pub(crate) mod rename;
pub(crate) mod show;
pub(crate) mod suspend;
pub(crate) mod update;
