//! Sites.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod logs;
pub(crate) mod proof;
pub(crate) mod protect;
pub(crate) mod show;
pub(crate) mod update;
