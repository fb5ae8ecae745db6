//! Random tokens: 256 bits from the system, held by the client, stored here as a SHA-256 only (SECURITY R18, R24).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A new token, 43 characters of base64url.
pub(crate) fn generate() -> String {
    let bytes: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How a token is stored and looked up: SHA-256 in lower-case hex. The token has full entropy, so a fast hash is right.
pub(crate) fn stored(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// The CSRF token of a session: derived from its session token, so there is nothing further to store. Knowing one does not give
/// the other.
pub(crate) fn csrf(session_token: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"nusantara csrf\0");
    hash.update(session_token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// Whether two tokens are the same, in a time that does not depend on where they differ: their hashes are compared.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let (a, b) = (Sha256::digest(a.as_bytes()), Sha256::digest(b.as_bytes()));
    a.iter().zip(b.iter()).fold(0, |differs, (x, y)| differs | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_compare() {
        let (a, b) = (generate(), generate());
        assert_eq!(a.len(), 43);
        assert_ne!(a, b);
        assert!(same(&a, &a.clone()) && !same(&a, &b) && !same(&a, ""));
        assert_ne!(csrf(&a), a);
        assert_eq!(stored(&a).len(), 64);
    }
}
