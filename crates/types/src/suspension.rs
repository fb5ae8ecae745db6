//! What an account remembers about being suspended: enough to undo it exactly.

use crate::Timestamp;
use crate::parse::{Invalid, refuse_control, string_newtype};
use serde::{Deserialize, Serialize};

/// Why an account was suspended, as one line for administrators: 1 to 200 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SuspendReason(String);

impl TryFrom<String> for SuspendReason {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        refuse_control("reason", &s)?;
        let s = s.trim();
        if (1..=200).contains(&s.chars().count()) { Ok(Self(s.to_owned())) } else { Err(Invalid::new("reason", "use 1 to 200 characters")) }
    }
}
string_newtype!(SuspendReason);

/// Free text about an account for administrators: up to 2,000 characters, lines allowed, no other control characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Notes(String);

impl TryFrom<String> for Notes {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        s.lines().try_for_each(|line| refuse_control("notes", line))?;
        if s.chars().count() <= 2_000 { Ok(Self(s)) } else { Err(Invalid::new("notes", "use at most 2000 characters")) }
    }
}
string_newtype!(Notes);

/// What shadow(5) says about logging in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Whether no password opens the account: it has none, or it is locked.
    pub password_locked: bool,
    /// Day since 1970-01-01 from which the account is expired; none when it never is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_day: Option<u32>,
}

impl Login {
    /// The login of a new account, and what a suspended account without a record goes back to: nobody gets in by password.
    pub const FRESH: Self = Self { password_locked: true, expires_day: None };
    /// The login of a suspended account. Day 1 and not 0, which shadow(5) says may be read as "never".
    pub const DENIED: Self = Self { password_locked: true, expires_day: Some(1) };
}

/// A suspension under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// Since when.
    pub since: Timestamp,
    /// Why, for administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<SuspendReason>,
    /// What the login was before, which it becomes again.
    pub login: Login,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_one_line_and_notes_may_be_many() {
        assert_eq!(" unpaid ".parse::<SuspendReason>().unwrap().as_str(), "unpaid");
        for bad in ["", "  ", "a\nb", "a\u{202e}b", &"x".repeat(201)] {
            assert!(bad.parse::<SuspendReason>().is_err(), "{bad:?}");
        }
        assert!("one\ntwo".parse::<Notes>().is_ok());
        for bad in ["a\u{0}b", "a\u{1b}[1m", &"x".repeat(2_001)] {
            assert!(bad.parse::<Notes>().is_err(), "{bad:?}");
        }
    }
}
