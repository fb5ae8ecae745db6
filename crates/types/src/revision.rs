//! Revisions: `sha256:` over the canonical form of what a spec asks for.

use crate::parse::{Invalid, string_newtype};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// `sha256:` followed by 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Revision(String);

impl TryFrom<String> for Revision {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let hex = s.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            Ok(Self(s))
        } else {
            Err(Invalid::new("revision", "give sha256: followed by 64 hexadecimal digits"))
        }
    }
}
string_newtype!(Revision);

impl Revision {
    /// Its digits.
    #[must_use]
    pub fn hex(&self) -> &str {
        self.0.strip_prefix("sha256:").unwrap_or(&self.0)
    }

    /// The revision of a JSON value, whatever order its keys are held in.
    #[must_use]
    pub fn of(value: &serde_json::Value) -> Self {
        let mut canonical = String::new();
        write_canonical(value, &mut canonical);
        Self(format!("sha256:{}", hex::encode(Sha256::digest(canonical))))
    }
}

/// What somebody calls a revision of an account: `current` (the files as they are), its number in the account's history (up to 6
/// digits), or the beginning of its hash: at least 7 hexadecimal digits, or `sha256:` and at least 4 of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RevisionName {
    /// The six files as they are.
    Current,
    /// By number.
    Number(u32),
    /// By the first digits of its hash.
    Prefix(String),
}

impl TryFrom<String> for RevisionName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let refused = || Invalid::new("revision", "give a number of the account's history, the first 7 digits of a hash, or current");
        if s == "current" {
            return Ok(Self::Current);
        }
        if (1..=6).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit()) {
            return s.parse().ok().filter(|number| *number > 0).map(Self::Number).ok_or_else(refused);
        }
        let (hex, least) = s.strip_prefix("sha256:").map_or((s.as_str(), 7), |hex| (hex, 4));
        let is_hex = hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if is_hex && (least..=64).contains(&hex.len()) { Ok(Self::Prefix(hex.to_owned())) } else { Err(refused()) }
    }
}

impl std::str::FromStr for RevisionName {
    type Err = Invalid;
    fn from_str(s: &str) -> Result<Self, Invalid> {
        Self::try_from(s.to_owned())
    }
}

impl std::fmt::Display for RevisionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Current => f.write_str("current"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Prefix(hex) => write!(f, "sha256:{hex}"),
        }
    }
}

impl From<RevisionName> for String {
    fn from(name: RevisionName) -> Self {
        name.to_string()
    }
}

/// Writes `value` without white space and with sorted keys. Sorting is done here because another crate of the build may
/// switch serde_json's map to insertion order.
fn write_canonical(value: &serde_json::Value, out: &mut String) {
    use serde_json::Value;
    let separated = |out: &mut String, first: bool| {
        if !first {
            out.push(',');
        }
    };
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                separated(out, i == 0);
                write_canonical(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                separated(out, i == 0);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_canonical(&map[key], out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::RevisionName;

    #[test]
    fn a_revision_has_three_kinds_of_name() {
        for (text, name) in [
            ("current", RevisionName::Current),
            ("12", RevisionName::Number(12)),
            ("000012", RevisionName::Number(12)),
            ("1234567", RevisionName::Prefix("1234567".to_owned())),
            ("sha256:12ab", RevisionName::Prefix("12ab".to_owned())),
        ] {
            assert_eq!(text.parse(), Ok(name.clone()), "{text}");
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        for bad in ["", "0", "-1", "abc", "sha256:12a", "sha256:", "sha256:xyzw", "ABCDEF0", "../etc", "12 ", &"a".repeat(65)] {
            assert!(bad.parse::<RevisionName>().is_err(), "{bad:?}");
        }
    }
}
