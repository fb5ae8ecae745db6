//! Whether an account serves what it has, or a notice in its place.

use nusantara_types::{AccountSpec, AccountStatus};

/// What visitors of an account get, and whether anything of it may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serving {
    /// Its sites.
    Normal,
    /// A page that says it is suspended; nothing of the account runs.
    Suspended,
}

/// A page that answers every request for every site of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// The status of the answer.
    pub status: u16,
    /// The page, in [`crate::paths::NOTICES`].
    pub file: &'static str,
    /// When clients may ask again, in seconds.
    pub retry_after: u32,
}

impl Serving {
    /// What a spec asks for.
    #[must_use]
    pub const fn of(spec: &AccountSpec) -> Self {
        match spec.account.status {
            AccountStatus::Active => Self::Normal,
            AccountStatus::Suspended => Self::Suspended,
        }
    }

    /// Whether PHP, apps and sessions of the account may run.
    #[must_use]
    pub const fn runs(self) -> bool {
        matches!(self, Self::Normal)
    }

    /// What answers in place of the sites.
    #[must_use]
    pub const fn notice(self) -> Option<Notice> {
        match self {
            Self::Normal => None,
            Self::Suspended => Some(Notice { status: 503, file: "nusantara-suspended.html", retry_after: 3_600 }),
        }
    }
}
