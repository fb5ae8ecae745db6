//! Last copies of accounts that were deleted.

pub(crate) mod list;
