//! Certificates of sites: what is known of one, and the words that an order for one is made of.
//!
//! A private key is [`PrivateKey`] and is shown to nobody; everything else here is public.

use crate::parse::{Invalid, string_newtype};
use crate::{DomainName, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// SHA-256 as 64 lower-case hexadecimal digits: of a file with key and chain, or of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CertificateHash(String);

impl TryFrom<String> for CertificateHash {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let ok = s.len() == 64 && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if ok { Ok(Self(s)) } else { Err(Invalid::new("certificate", "it must be 64 lower-case hexadecimal digits")) }
    }
}
string_newtype!(CertificateHash);

/// A name that a certificate is for: a domain, or all names one level below one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CertificateName(String);

impl TryFrom<String> for CertificateName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        DomainName::try_from(s.strip_prefix("*.").unwrap_or(&s).to_owned())?;
        Ok(Self(s))
    }
}
string_newtype!(CertificateName);

impl CertificateName {
    /// Whether it is for that domain. A wildcard stands for one label (RFC 6125, 6.4.3).
    #[must_use]
    pub fn covers(&self, domain: &DomainName) -> bool {
        match self.0.strip_prefix("*.") {
            None => self.0 == domain.as_str(),
            Some(parent) => domain.as_str().split_once('.').is_some_and(|(_, rest)| rest == parent),
        }
    }
}

/// Where a certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateSource {
    /// The panel ordered it, and renews it.
    Acme,
    /// Somebody uploaded it, and renews it by uploading another.
    Uploaded,
}

/// What is known of the certificate of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteCertificate {
    /// SHA-256 of the file with key and chain, which is called so.
    pub id: CertificateHash,
    /// SHA-256 of the certificate itself, as browsers show it.
    pub fingerprint: CertificateHash,
    /// Where it comes from.
    pub source: CertificateSource,
    /// What it is for.
    pub names: Vec<CertificateName>,
    /// Who signed it.
    pub issuer: String,
    /// When it begins.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
    /// When it was put in.
    pub installed_at: Timestamp,
}

impl SiteCertificate {
    /// Whether it is for every one of these names.
    #[must_use]
    pub fn covers<'a>(&self, names: impl IntoIterator<Item = &'a DomainName>) -> bool {
        names.into_iter().all(|name| self.names.iter().any(|own| own.covers(name)))
    }
}

/// A challenge's token: `base64url`, at most 128 characters (RFC 8555, 8.3). It becomes a file's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChallengeToken(String);

fn is_base64url(s: &str) -> bool {
    s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl TryFrom<String> for ChallengeToken {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let ok = (16..=128).contains(&s.len()) && is_base64url(&s);
        if ok { Ok(Self(s)) } else { Err(Invalid::new("token", "it must be 16 to 128 characters of base64url")) }
    }
}
string_newtype!(ChallengeToken);

/// The answer to a challenge: its token, a dot and the thumbprint of the account's key (RFC 8555, 8.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyAuthorization(String);

impl TryFrom<String> for KeyAuthorization {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let parts = s.split_once('.').filter(|(token, print)| ChallengeToken::try_from((*token).to_owned()).is_ok() && is_base64url(print));
        if parts.is_some_and(|(_, print)| (32..=128).contains(&print.len())) {
            return Ok(Self(s));
        }
        Err(Invalid::new("authorization", "it must be a token, a dot and a thumbprint"))
    }
}
string_newtype!(KeyAuthorization);

impl KeyAuthorization {
    /// Whether it answers the challenge of that token.
    #[must_use]
    pub fn answers(&self, token: &ChallengeToken) -> bool {
        self.0.split_once('.').is_some_and(|(own, _)| own == token.as_str())
    }
}

/// A certificate and those that it hangs on, as PEM: printable ASCII, at most 64 KiB. What is in it is looked at by the host daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChainPem(String);

/// The longest chain's text, in bytes.
const CHAIN_MOST: usize = 64 * 1024;
/// The longest key's text, in bytes.
const KEY_MOST: usize = 16 * 1024;

fn is_pem_text(s: &str) -> bool {
    s.bytes().all(|b| (b' '..=b'~').contains(&b) || matches!(b, b'\n' | b'\r' | b'\t'))
}

impl TryFrom<String> for ChainPem {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let ok = s.len() <= CHAIN_MOST && is_pem_text(&s) && s.contains("-----BEGIN CERTIFICATE-----");
        if ok {
            Ok(Self(s))
        } else {
            Err(Invalid::new("chain", "paste PEM: one or more blocks that begin with -----BEGIN CERTIFICATE-----"))
        }
    }
}
string_newtype!(ChainPem);

/// A private key as PEM. It is written down in root's own files alone: whoever logs or stores a request takes it out first.
#[derive(Clone)]
pub struct PrivateKey(SecretString);

impl PrivateKey {
    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl TryFrom<SecretString> for PrivateKey {
    type Error = Invalid;
    fn try_from(secret: SecretString) -> Result<Self, Invalid> {
        let text = secret.expose_secret();
        if text.contains("ENCRYPTED") {
            return Err(Invalid::new(
                "key",
                "the key is locked with a password; take that off first, such as with: openssl pkey -in key.pem",
            ));
        }
        let ok = text.len() <= KEY_MOST && is_pem_text(text) && text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----");
        if ok { Ok(Self(secret)) } else { Err(Invalid::new("key", "paste PEM: a block that begins with -----BEGIN PRIVATE KEY-----")) }
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

impl PartialEq for PrivateKey {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for PrivateKey {}

impl Serialize for PrivateKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for PrivateKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(SecretString::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let name = |s: &str| CertificateName::try_from(s.to_owned()).unwrap();
        let domain = |s: &str| s.parse::<DomainName>().unwrap();
        assert!(name("joko.test").covers(&domain("joko.test")));
        assert!(!name("joko.test").covers(&domain("www.joko.test")));
        assert!(name("*.joko.test").covers(&domain("www.joko.test")));
        assert!(!name("*.joko.test").covers(&domain("joko.test")));
        assert!(!name("*.joko.test").covers(&domain("a.www.joko.test")));
        for bad in ["*", "*.", "a.*.test", "**.joko.test", "joko.test\n"] {
            assert!(CertificateName::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn words_of_an_order_are_nothing_else() {
        for bad in ["", "short", "../../etc/passwd-aaaa", "aaaaaaaaaaaaaaaa/b", "aaaaaaaaaaaaaaaa.b", &"a".repeat(129)] {
            assert!(ChallengeToken::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        let token: ChallengeToken = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0".parse().unwrap();
        let answer: KeyAuthorization = format!("{token}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI").parse().unwrap();
        assert!(answer.answers(&token));
        assert!(!answer.answers(&"AoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0".parse().unwrap()));
        assert!(format!("{token}.<b>").parse::<KeyAuthorization>().is_err());
        for bad in ["A".repeat(64), "a".repeat(63), format!("{}/", "a".repeat(63))] {
            assert!(bad.parse::<CertificateHash>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        let key: PrivateKey = serde_json::from_str(r#""-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----\n""#).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(…)");
        let locked = serde_json::from_str::<PrivateKey>(r#""-----BEGIN ENCRYPTED PRIVATE KEY-----""#).unwrap_err();
        assert!(locked.to_string().contains("openssl pkey"), "{locked}");
        assert!(serde_json::from_str::<PrivateKey>(r#""secret""#).is_err());
    }
}
