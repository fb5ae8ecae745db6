//! Secrets that the panel has to be able to read again, encrypted before they reach the database (SECURITY R27). The key lies in a
//! file that is neither in the database nor in its backups.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const FILE: &str = "secrets.key";
const NONCE: usize = 12;

/// The key.
pub(crate) struct Vault {
    secrets: RandomizedNonceKey,
    proofs: hmac::Key,
}

impl Vault {
    /// Reads the key, or makes it at the first start.
    pub(crate) fn open(state_dir: &Path) -> Result<Self, String> {
        let file = state_dir.join(FILE);
        let said = |e: std::io::Error| format!("{}: {e}", file.display());
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                let bytes: [u8; 32] = rand::random();
                let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).map_err(said)?;
                out.write_all(&bytes).and_then(|()| out.sync_all()).map_err(said)?;
                bytes.to_vec()
            }
            Err(e) => return Err(said(e)),
        };
        let secrets =
            RandomizedNonceKey::new(&AES_256_GCM_SIV, &bytes).map_err(|_| format!("{}: it is not 32 bytes long", file.display()))?;
        // A key of its own for another use, made of the same bytes.
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), b"proofs");
        Ok(Self { secrets, proofs: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) })
    }

    /// A text of 32 hexadecimal digits that nobody can tell without the key, always the same for one place, such as
    /// `domain|<uid>|<name>`.
    pub(crate) fn proof(&self, place: &str) -> String {
        let mut digits = hex::encode(hmac::sign(&self.proofs, place.as_bytes()));
        digits.truncate(32);
        digits
    }

    /// Encrypts `plain` for one place, such as `totp_secrets|<user>`: moved elsewhere it does not open.
    pub(crate) fn seal(&self, place: &str, plain: &[u8]) -> Option<String> {
        let mut sealed = plain.to_vec();
        let nonce = self.secrets.seal_in_place_append_tag(Aad::from(place), &mut sealed).ok()?;
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut sealed);
        Some(STANDARD.encode(whole))
    }

    /// Decrypts what was sealed for the same place.
    pub(crate) fn open_sealed(&self, place: &str, sealed: &str) -> Option<Vec<u8>> {
        let whole = STANDARD.decode(sealed).ok()?;
        let (nonce, rest) = whole.split_at_checked(NONCE)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let plain = self.secrets.open_in_place(nonce, Aad::from(place), &mut rest).ok()?;
        Some(plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_of_one_place_and_one_key() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let vault = Vault::open(here.path()).unwrap();
        let proof = vault.proof("domain|12000|a.test");
        assert_eq!((proof.len(), &Vault::open(here.path()).unwrap().proof("domain|12000|a.test")), (32, &proof));
        assert_ne!(vault.proof("domain|12001|a.test"), proof);
        assert_ne!(Vault::open(there.path()).unwrap().proof("domain|12000|a.test"), proof);
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_at_the_same_place_only() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let vault = Vault::open(here.path()).unwrap();
        let sealed = vault.seal("totp|1", b"secret").unwrap();
        assert_ne!(vault.seal("totp|1", b"secret").unwrap(), sealed, "never twice the same");
        let again = Vault::open(here.path()).unwrap();
        assert_eq!(again.open_sealed("totp|1", &sealed).unwrap(), b"secret");
        assert!(again.open_sealed("totp|2", &sealed).is_none());
        assert!(Vault::open(there.path()).unwrap().open_sealed("totp|1", &sealed).is_none());
        for broken in ["", "x", "AAAA", &sealed[..sealed.len() - 4]] {
            assert!(again.open_sealed("totp|1", broken).is_none(), "{broken:?}");
        }
    }
}
