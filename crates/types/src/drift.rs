//! The name of a thing of an account that may be found changed by hand.

use crate::parse::{Invalid, string_newtype};
use serde::{Deserialize, Serialize};

/// Such as `vhost`, `user.shell`, `php.8.2` or `cron.backup`: letters, digits, dots and hyphens, 1 to 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DriftId(String);

impl TryFrom<String> for DriftId {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-' || b == b'_';
        if (1..=64).contains(&s.len()) && s.as_bytes()[0].is_ascii_lowercase() && s.bytes().all(plain) {
            Ok(Self(s))
        } else {
            Err(Invalid::new("item", "name a difference as it is listed, such as vhost or cron.backup"))
        }
    }
}
string_newtype!(DriftId);

#[cfg(test)]
mod tests {
    use super::DriftId;

    #[test]
    fn a_difference_is_named_by_a_slug() {
        for good in ["vhost", "user.shell", "php.8.2", "app.my-shop", "cron.backup"] {
            assert_eq!(good.parse::<DriftId>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "Vhost", "a/b", "a b", "../x", &"x".repeat(65)] {
            assert!(bad.parse::<DriftId>().is_err(), "{bad:?}");
        }
    }
}
