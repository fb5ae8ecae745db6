//! Values that must never reach a log, an error text or a debug print (SECURITY R27).

/// A secret string: zeroed when dropped, `Debug` prints a placeholder, deserialises but never serialises.
pub type Secret = secrecy::SecretString;

/// The hash of an account's password: SHA-512-crypt (crypt(5)). Its text is for shadow(5) alone, so it is never shown.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(crate::sites::VisitorHash);

impl PasswordHash {
    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl From<crate::sites::VisitorHash> for PasswordHash {
    fn from(hash: crate::sites::VisitorHash) -> Self {
        Self(hash)
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
