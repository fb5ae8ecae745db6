//! PHP versions as Debian and Ubuntu name them.

use crate::parse::{Invalid, string_newtype};
use serde::{Deserialize, Serialize};

/// A PHP branch such as `8.2`: one digit 5 to 9, a dot, one or two digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhpVersion(String);

impl TryFrom<String> for PhpVersion {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let bytes = s.as_bytes();
        let ok = (3..=4).contains(&bytes.len())
            && (b'5'..=b'9').contains(&bytes[0])
            && bytes[1] == b'.'
            && bytes[2..].iter().all(u8::is_ascii_digit);
        if ok { Ok(Self(s)) } else { Err(Invalid::new("php_version", "give a version that is installed on the host, such as 8.2")) }
    }
}
string_newtype!(PhpVersion);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_branches_are_accepted() {
        for ok in ["7.4", "8.2", "8.10"] {
            assert!(ok.parse::<PhpVersion>().is_ok());
        }
        for bad in ["", "8", "8.2.1", "4.1", "8.x", "../8.2", "8.2\n"] {
            assert!(bad.parse::<PhpVersion>().is_err(), "{bad:?}");
        }
    }
}
