//! What lists have in common.

use nusantara_types::UserId;

/// Whose objects a caller may see. Part of every read, so that ownership cannot be forgotten beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All of them.
    All,
    /// Those of accounts in which this login has the permission, or is an owner.
    Member {
        /// Who.
        user: UserId,
        /// What they are about to do, as `module:verb`.
        permission: &'static str,
    },
}

/// The largest page, and the most parameters one statement may carry for a list of keys.
pub(crate) const MAX_PAGE: u64 = 200;
