//! Whether an account serves what it has, or a notice in its place.

use nusantara_types::{AccountSpec, AccountStatus, BandwidthAction};

/// What visitors of an account get, and whether anything of it may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serving {
    /// Its sites.
    Normal,
    /// A page that says the month's traffic is used up, where the package has its sites pause then. What serves them keeps running.
    OverTraffic,
    /// A page that says it is suspended; nothing of the account runs.
    Suspended,
    /// A page that says to come back in a moment, while the account gets another name. No spec asks for it.
    Moving,
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
    /// What a spec asks for, whatever traffic there was.
    #[must_use]
    pub const fn of(spec: &AccountSpec) -> Self {
        match spec.account.status {
            AccountStatus::Active => Self::Normal,
            AccountStatus::Suspended => Self::Suspended,
        }
    }

    /// The same, of an account that has sent so many bytes this month.
    #[must_use]
    pub fn after_sending(spec: &AccountSpec, sent_bytes: u64) -> Self {
        let limits = &spec.limits;
        let used_up = limits.bandwidth_action == BandwidthAction::PauseSites && sent_bytes >= limits.bandwidth_bytes();
        match Self::of(spec) {
            Self::Normal if used_up => Self::OverTraffic,
            asked => asked,
        }
    }

    /// What a file does that [`crate::render::nginx::vhost`] rendered: the line that answers with a notice is nobody else's.
    #[must_use]
    pub fn of_vhost(text: &str) -> Self {
        let answers = |serving: &Self| {
            let line = serving.notice().map(|notice| format!("return {};", notice.status));
            line.is_some_and(|line| text.lines().any(|l| l.trim() == line))
        };
        [Self::Suspended, Self::OverTraffic].into_iter().find(answers).unwrap_or(Self::Normal)
    }

    /// Whether PHP, apps and sessions of the account may run.
    #[must_use]
    pub const fn runs(self) -> bool {
        matches!(self, Self::Normal | Self::OverTraffic)
    }

    /// What answers in place of the sites.
    #[must_use]
    pub const fn notice(self) -> Option<Notice> {
        match self {
            Self::Normal => None,
            Self::OverTraffic => Some(Notice { status: 509, file: "nusantara-paused.html", retry_after: 3_600 }),
            Self::Suspended => Some(Notice { status: 503, file: "nusantara-suspended.html", retry_after: 3_600 }),
            Self::Moving => Some(Notice { status: 503, file: "nusantara-moving.html", retry_after: 5 }),
        }
    }
}
