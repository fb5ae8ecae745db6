//! Names of the panel's own schedules.

use crate::parse::{Invalid, string_newtype};
use serde::{Deserialize, Serialize};

/// The name of a schedule: `^[a-z][a-z0-9-]{0,30}$`, not ending in a hyphen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScheduleName(String);

impl TryFrom<String> for ScheduleName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        match s.parse::<crate::CronJobName>() {
            Ok(_) => Ok(Self(s)),
            Err(_) => Err(Invalid::new("name", "use up to 31 lower-case letters, digits and hyphens, starting with a letter")),
        }
    }
}
string_newtype!(ScheduleName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_slug() {
        assert_eq!("nightly-look".parse::<ScheduleName>().unwrap().as_str(), "nightly-look");
        assert!(["", "Nightly", "a b", "a/b", "-a", "a-"].iter().all(|bad| bad.parse::<ScheduleName>().is_err()));
    }
}
