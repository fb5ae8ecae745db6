//! Public keys for logging in: a closed list of types, each blob checked to be a well-formed key of its type, no options.

use crate::parse::{Invalid, string_newtype};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most keys an account may have.
pub const MOST_KEYS: usize = 50;
/// The longest line that is read: a 16,384-bit RSA key has 2.8 KB.
const LONGEST_LINE: usize = 8_192;
/// The longest comment.
const LONGEST_COMMENT: usize = 100;
/// The shortest RSA modulus that OpenSSH still deems safe, and the longest it reads.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=16_384;

/// Types of keys that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SshKeyType {
    /// Ed25519 (RFC 8709).
    #[serde(rename = "ssh-ed25519")]
    Ed25519,
    /// ECDSA on P-256 (RFC 5656).
    #[serde(rename = "ecdsa-sha2-nistp256")]
    EcdsaP256,
    /// ECDSA on P-384.
    #[serde(rename = "ecdsa-sha2-nistp384")]
    EcdsaP384,
    /// ECDSA on P-521.
    #[serde(rename = "ecdsa-sha2-nistp521")]
    EcdsaP521,
    /// RSA of at least 2,048 bits (RFC 4253).
    #[serde(rename = "ssh-rsa")]
    Rsa,
    /// Ed25519 on a security key (OpenSSH, PROTOCOL.u2f).
    #[serde(rename = "sk-ssh-ed25519@openssh.com")]
    SkEd25519,
    /// ECDSA on P-256 on a security key.
    #[serde(rename = "sk-ecdsa-sha2-nistp256@openssh.com")]
    SkEcdsaP256,
}

impl SshKeyType {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Ed25519, Self::EcdsaP256, Self::EcdsaP384, Self::EcdsaP521, Self::Rsa, Self::SkEd25519, Self::SkEcdsaP256];

    /// The name in the key's line and in its blob.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::EcdsaP521 => "ecdsa-sha2-nistp521",
            Self::Rsa => "ssh-rsa",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A public key: `<type> <base64> [comment]`, one line as `ssh-keygen` writes it. Options before the type are refused: what a login
/// may do is said by the account's switches, not by its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SshKey {
    kind: SshKeyType,
    blob: Vec<u8>,
    comment: String,
}

impl SshKey {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> SshKeyType {
        self.kind
    }

    /// What its owner calls it; may be empty.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// The length of an RSA key's modulus, in bits; of the other types the length is in the name.
    #[must_use]
    pub fn bits(&self) -> Option<usize> {
        rsa_bits(&mut Reader(&self.blob)).filter(|_| self.kind == SshKeyType::Rsa)
    }

    /// Its fingerprint, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> SshFingerprint {
        SshFingerprint(format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.blob))))
    }

    /// Whether it is the same key, whatever it is called.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.blob == other.blob
    }

    /// The line, without any options.
    #[must_use]
    pub fn line(&self) -> String {
        let line = format!("{} {} {}", self.kind.name(), STANDARD.encode(&self.blob), self.comment);
        line.trim_end().to_owned()
    }
}

impl std::fmt::Display for SshKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.line())
    }
}
impl From<SshKey> for String {
    fn from(key: SshKey) -> Self {
        key.line()
    }
}
impl std::str::FromStr for SshKey {
    type Err = Invalid;
    fn from_str(s: &str) -> Result<Self, Invalid> {
        Self::try_from(s.to_owned())
    }
}

const fn refused(allowed: &'static str) -> Invalid {
    Invalid::new("key", allowed)
}

impl TryFrom<String> for SshKey {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let line = s.trim_matches([' ', '\t', '\r', '\n']);
        if line.len() > LONGEST_LINE {
            return Err(refused("paste one public key, of at most 8192 characters"));
        }
        if line.contains("PRIVATE KEY") {
            return Err(refused("this is a private key, which nobody else may see: paste the file that ends in .pub"));
        }
        if line.contains(['\n', '\r']) {
            return Err(refused("paste one public key, on one line"));
        }
        let mut parts = line.splitn(3, [' ', '\t']);
        let (first, second, comment) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let Some(kind) = SshKeyType::named(first) else { return Err(not_a_type(line)) };
        let blob = STANDARD.decode(second).map_err(|_| refused("the part after the type must be the key in base64, complete"))?;
        check(kind, &blob)?;
        let comment = comment.trim().to_owned();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b" @._+:/=,()-".contains(&b);
        if comment.len() > LONGEST_COMMENT || !comment.bytes().all(plain) {
            return Err(refused("the comment after the key may have up to 100 letters, digits, spaces and @ . _ + : / = , ( ) -"));
        }
        Ok(Self { kind, blob, comment })
    }
}

/// Why a line does not begin with a type.
fn not_a_type(line: &str) -> Invalid {
    let has_type = |word: &str| SshKeyType::named(word).is_some();
    if line.split([' ', '\t']).skip(1).any(has_type) {
        return refused("options before the key are not accepted; remove what stands before its type");
    }
    if line.starts_with("ssh-dss") {
        return refused("DSA keys are broken; make a new one with ssh-keygen -t ed25519");
    }
    if line.starts_with("---- BEGIN SSH2") {
        return refused("this is the format of RFC 4716; paste the line that starts with the type, such as ssh-ed25519");
    }
    refused("a key starts with its type: ssh-ed25519, ecdsa-sha2-nistp256, -nistp384 or -nistp521, ssh-rsa, or an sk- type of OpenSSH")
}

/// Fields of a blob (RFC 4251, section 5): a length of four bytes, then so many bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn field(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        self.0 = rest;
        Some(field)
    }

    /// A positive integer without needless zeros.
    fn positive(&mut self) -> Option<&'a [u8]> {
        let field = self.field()?;
        match field {
            [0, second, ..] if *second < 0x80 => None,
            [0, rest @ ..] if !rest.is_empty() => Some(rest),
            [first, ..] if (1..0x80).contains(first) => Some(field),
            _ => None,
        }
    }
}

fn rsa_bits(reader: &mut Reader<'_>) -> Option<usize> {
    reader.field()?;
    let exponent = reader.positive()?;
    let modulus = reader.positive()?;
    let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    let top = usize::try_from(modulus.first()?.leading_zeros()).ok()?;
    (odd(exponent) && odd(modulus) && exponent != [1]).then_some(modulus.len() * 8 - top)
}

/// Whether the blob is a key of its type and nothing else.
fn check(kind: SshKeyType, blob: &[u8]) -> Result<(), Invalid> {
    const BROKEN: Invalid = refused("the key is not complete, or not one of the type that it names");
    let mut reader = Reader(blob);
    if kind == SshKeyType::Rsa {
        let bits = rsa_bits(&mut reader).ok_or(BROKEN)?;
        if !RSA_BITS.contains(&bits) {
            return Err(refused("an RSA key must have 2048 to 16384 bits; better, make one with ssh-keygen -t ed25519"));
        }
    }
    let mut reader = Reader(blob);
    let mut next = || reader.field().ok_or(BROKEN);
    let named = next()? == kind.name().as_bytes();
    // An uncompressed point: 4, then both coordinates.
    let is_point = |point: &[u8], size: usize| point.len() == 1 + 2 * size && point[0] == 4;
    let sound = named
        && match kind {
            SshKeyType::Ed25519 => next()?.len() == 32,
            SshKeyType::SkEd25519 => next()?.len() == 32 && is_application(next()?),
            SshKeyType::EcdsaP256 => next()? == b"nistp256" && is_point(next()?, 32),
            SshKeyType::EcdsaP384 => next()? == b"nistp384" && is_point(next()?, 48),
            SshKeyType::EcdsaP521 => next()? == b"nistp521" && is_point(next()?, 66),
            SshKeyType::SkEcdsaP256 => next()? == b"nistp256" && is_point(next()?, 32) && is_application(next()?),
            SshKeyType::Rsa => !next()?.is_empty() && !next()?.is_empty(),
        };
    if sound && reader.0.is_empty() { Ok(()) } else { Err(BROKEN) }
}

/// Security keys are bound to `ssh:` or a name that begins so.
fn is_application(name: &[u8]) -> bool {
    name.starts_with(b"ssh:") && name.len() <= 64 && name.iter().all(|b| b.is_ascii_graphic())
}

/// The fingerprint of a key: `SHA256:` and 43 characters of base64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SshFingerprint(String);

impl TryFrom<String> for SshFingerprint {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let hash = s.strip_prefix("SHA256:").and_then(|text| STANDARD_NO_PAD.decode(text).ok());
        if hash.is_some_and(|hash| hash.len() == 32) {
            return Ok(Self(s));
        }
        Err(Invalid::new("fingerprint", "give it as ssh-keygen -l shows it: SHA256: and 43 characters of base64"))
    }
}
string_newtype!(SshFingerprint);

#[cfg(test)]
mod tests;
