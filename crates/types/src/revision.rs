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
    /// The revision of a JSON value, whatever order its keys are held in.
    #[must_use]
    pub fn of(value: &serde_json::Value) -> Self {
        let mut canonical = String::new();
        write_canonical(value, &mut canonical);
        Self(format!("sha256:{}", hex::encode(Sha256::digest(canonical))))
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
