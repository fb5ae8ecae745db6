//! The audit trail as everybody sees it who checks it: how a row is hashed, how the rows hold together, and what a seal says.
//!
//! A row's hash covers its columns and the hash of the row before. That shows every change in the middle; a trail that is cut off at
//! its end, or written anew as a whole, is shown by seals: the host daemon, which the panel cannot make sign twice for one row, signs
//! the hash of the newest row from time to time (Ed25519, RFC 8032).

use crate::{Invalid, Timestamp};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

/// The columns of a row, without its own hash.
#[derive(Debug, Clone, Copy)]
pub struct AuditColumns<'a> {
    /// Place in the chain, from 1.
    pub id: i64,
    /// Who.
    pub actor: &'a str,
    /// What.
    pub action: &'a str,
    /// Before or after.
    pub phase: &'a str,
    /// Kind of thing.
    pub target_type: &'a str,
    /// Which thing.
    pub target_id: &'a str,
    /// Joins begin and outcome.
    pub request_id: &'a str,
    /// Further facts, as JSON text with sorted keys and without spaces.
    pub metadata: &'a str,
    /// When, to the microsecond.
    pub created_at: Timestamp,
    /// Hash of the row before; empty for the first.
    pub prev_hash: &'a str,
}

impl AuditColumns<'_> {
    /// SHA-256, in hex, over a JSON array of the columns. An array of strings has one reading only, so that no byte can be moved
    /// from one column to the next.
    #[must_use]
    pub fn digest(&self) -> String {
        let columns = serde_json::json!([
            self.prev_hash,
            self.id.to_string(),
            self.actor,
            self.action,
            self.phase,
            self.target_type,
            self.target_id,
            self.request_id,
            self.metadata,
            self.created_at.timestamp_micros().to_string(),
        ]);
        hex::encode(Sha256::digest(columns.to_string()))
    }
}

/// Where the trail does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the audit trail is broken at row {row}: {why}")]
pub struct AuditBroken {
    /// The first row that does not fit.
    pub row: i64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// How many rows back a repeated one is known again.
const REMEMBERED: usize = 1_000;

/// Goes along the trail, oldest row first, and stops at the first that does not fit.
#[derive(Debug, Default)]
pub struct AuditWalk {
    last: Option<(i64, String)>,
    recent: VecDeque<(i64, String)>,
    repeats: bool,
}

impl AuditWalk {
    /// From the very first row.
    #[must_use]
    pub fn from_the_first() -> Self {
        Self { last: Some((0, String::new())), ..Self::default() }
    }

    /// From whichever row comes first, as in a file whose beginning was rotated away. A row that comes again unchanged is passed over:
    /// the copy in a file repeats some after a crash.
    #[must_use]
    pub fn of_a_copy() -> Self {
        Self { repeats: true, ..Self::default() }
    }

    /// The last row that fitted, and its hash.
    #[must_use]
    pub fn last(&self) -> Option<(i64, &str)> {
        self.last.as_ref().map(|(id, hash)| (*id, hash.as_str()))
    }

    /// The next row.
    ///
    /// # Errors
    /// [`AuditBroken`] when it does not continue the rows before, or does not have the hash it says.
    pub fn take(&mut self, row: &AuditColumns<'_>, hash: &str) -> Result<(), AuditBroken> {
        if let Some((last, before)) = &self.last {
            let again = self.repeats && self.recent.iter().any(|(id, known)| *id == row.id && known == hash);
            if again && row.digest() == hash {
                return Ok(());
            }
            if row.id != last + 1 {
                return Err(AuditBroken { row: last + 1, why: "it is missing, or another stands in its place" });
            }
            if row.prev_hash != before {
                return Err(AuditBroken { row: row.id, why: "it does not continue the row before" });
            }
        }
        if row.digest() != hash {
            return Err(AuditBroken { row: row.id, why: "it was changed" });
        }
        self.last = Some((row.id, hash.to_owned()));
        if self.repeats {
            self.recent.push_back((row.id, hash.to_owned()));
            if self.recent.len() > REMEMBERED {
                self.recent.pop_front();
            }
        }
        Ok(())
    }
}

/// Bytes of fixed length, written in lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hex<const N: usize>([u8; N]);

impl<const N: usize> Hex<N> {
    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> From<[u8; N]> for Hex<N> {
    fn from(bytes: [u8; N]) -> Self {
        Self(bytes)
    }
}

impl<const N: usize> FromStr for Hex<N> {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("hexadecimal value", "use lower-case hexadecimal digits, all of them");
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(invalid());
        }
        let mut bytes = [0; N];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| invalid())?;
        Ok(Self(bytes))
    }
}

impl<const N: usize> TryFrom<String> for Hex<N> {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl<const N: usize> From<Hex<N>> for String {
    fn from(hex: Hex<N>) -> Self {
        hex.to_string()
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of a row.
pub type AuditHash = Hex<32>;
/// With what seals are checked.
pub type SealKey = Hex<32>;

/// The host daemon's word that the trail ended in this row at this time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditSeal {
    /// The row.
    pub id: i64,
    /// Its hash.
    pub hash: AuditHash,
    /// When it was sealed, to the microsecond.
    pub sealed_at: Timestamp,
    /// The public key that the signature is by.
    pub key: SealKey,
    /// Ed25519 over [`AuditSeal::message`].
    pub signature: Hex<64>,
}

impl AuditSeal {
    /// What is signed.
    #[must_use]
    pub fn message(id: i64, hash: &AuditHash, sealed_at: Timestamp) -> Vec<u8> {
        format!("nusantara-panel audit seal 1\n{id}\n{hash}\n{}\n", sealed_at.timestamp_micros()).into_bytes()
    }

    /// Whether the signature is by the key that it names.
    #[must_use]
    pub fn holds(&self) -> bool {
        let message = Self::message(self.id, &self.hash, self.sealed_at);
        VerifyingKey::from_bytes(self.key.bytes())
            .is_ok_and(|key| key.verify_strict(&message, &Signature::from_bytes(self.signature.bytes())).is_ok())
    }

    /// What a trail that reaches from `first` to `last` says to this seal; `hash_of` knows the hash of a row in between.
    ///
    /// # Errors
    /// [`AuditBroken`] when it is not by `key`, when the row has another hash, or when the trail ends before it.
    pub fn confirm(&self, key: &SealKey, last: i64, found: Option<&str>) -> Result<(), AuditBroken> {
        if self.key != *key || !self.holds() {
            return Err(AuditBroken { row: self.id, why: "its seal is not by this host" });
        }
        if self.id > last {
            return Err(AuditBroken { row: last + 1, why: "it is missing: a later row was sealed" });
        }
        match found {
            Some(found) if found != self.hash.to_string() => Err(AuditBroken { row: self.id, why: "it is not the row that was sealed" }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    fn columns<'a>(id: i64, actor: &'a str, prev_hash: &'a str) -> AuditColumns<'a> {
        AuditColumns {
            id,
            actor,
            action: "account.create",
            phase: "begin",
            target_type: "account",
            target_id: "joko",
            request_id: "r",
            metadata: "{}",
            created_at: Timestamp::UNIX_EPOCH,
            prev_hash,
        }
    }

    fn sealed(id: i64, hash: &str) -> AuditSeal {
        let key = SigningKey::from_bytes(&[7; 32]);
        let hash: AuditHash = hash.parse().unwrap();
        let signature = key.sign(&AuditSeal::message(id, &hash, Timestamp::UNIX_EPOCH)).to_bytes().into();
        AuditSeal { id, hash, sealed_at: Timestamp::UNIX_EPOCH, key: key.verifying_key().to_bytes().into(), signature }
    }

    #[test]
    fn rows_that_are_changed_removed_reordered_or_put_in_between_are_found() {
        let one = columns(1, "root", "");
        let first = one.digest();
        let two = columns(2, "ani", &first);
        let second = two.digest();
        let three = columns(3, "budi", &second);
        let third = three.digest();
        let walk = |rows: &[(&AuditColumns<'_>, &str)]| {
            let mut walk = AuditWalk::from_the_first();
            rows.iter().try_for_each(|(row, hash)| walk.take(row, hash)).map_err(|e| e.row)
        };
        assert_eq!(walk(&[(&one, &first), (&two, &second), (&three, &third)]), Ok(()));
        assert_eq!(walk(&[(&one, &first), (&columns(2, "eve", &first), &second)]), Err(2), "changed");
        assert_eq!(walk(&[(&one, &first), (&three, &third)]), Err(2), "removed");
        assert_eq!(walk(&[(&two, &second), (&one, &first)]), Err(1), "reordered");
        let forged = columns(2, "eve", &second);
        assert_eq!(walk(&[(&one, &first), (&forged, &forged.digest())]), Err(2), "inserted");
    }

    #[test]
    fn a_copy_may_begin_late_and_repeat_itself_but_not_otherwise() {
        let one = columns(41, "root", "x");
        let first = one.digest();
        let two = columns(42, "ani", &first);
        let second = two.digest();
        let mut walk = AuditWalk::of_a_copy();
        for (row, hash) in [(&one, &first), (&two, &second), (&one, &first), (&two, &second)] {
            walk.take(row, hash).unwrap();
        }
        assert_eq!(walk.last(), Some((42, second.as_str())));
        assert_eq!(walk.take(&columns(41, "eve", "x"), &first).unwrap_err().row, 43);
    }

    #[test]
    fn a_seal_shows_a_trail_that_ends_early_and_one_that_was_written_anew() {
        let hash = columns(5, "root", "").digest();
        let seal = sealed(5, &hash);
        assert_eq!(seal.confirm(&seal.key, 5, Some(&hash)), Ok(()));
        assert_eq!(seal.confirm(&seal.key, 4, None).unwrap_err().row, 5);
        assert_eq!(seal.confirm(&seal.key, 9, Some(&"0".repeat(64))).unwrap_err().row, 5);
        assert!(seal.confirm(&[1; 32].into(), 5, Some(&hash)).is_err());
        let moved = AuditSeal { id: 4, ..seal.clone() };
        assert!(!moved.holds());
        let text = serde_json::to_string(&seal).unwrap();
        assert_eq!(serde_json::from_str::<AuditSeal>(&text).unwrap(), seal);
        assert!("AB".parse::<Hex<1>>().is_err() && "abc".parse::<Hex<1>>().is_err() && "ab".parse::<Hex<1>>().is_ok());
    }
}
