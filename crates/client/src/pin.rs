//! Trusting exactly one certificate: the self-signed one that a panel makes at its first start.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// SHA-256 of a certificate's DER form, written `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// A text is not a fingerprint, or a PEM holds no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("give sha256: followed by 64 hexadecimal digits, or a PEM file with a certificate")]
pub struct InvalidFingerprint;

impl Fingerprint {
    /// Of a certificate in DER form.
    #[must_use]
    pub fn of_der(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// Of the first certificate in a PEM text.
    ///
    /// # Errors
    /// [`InvalidFingerprint`] when there is none.
    pub fn of_pem(pem: &str) -> Result<Self, InvalidFingerprint> {
        CertificateDer::from_pem_slice(pem.as_bytes()).map(|der| Self::of_der(&der)).map_err(|_| InvalidFingerprint)
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = InvalidFingerprint;
    fn from_str(s: &str) -> Result<Self, InvalidFingerprint> {
        let mut bytes = [0; 32];
        let digits = s.strip_prefix("sha256:").ok_or(InvalidFingerprint)?;
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| InvalidFingerprint)?;
        Ok(Self(bytes))
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sha256:{}", hex::encode(self.0))
    }
}

/// Accepts the pinned certificate and no other. Name and dates are not looked at: the pin is stronger than both. The
/// handshake signature is still checked, so knowing the certificate without its key is not enough.
#[derive(Debug)]
pub(crate) struct PinVerifier {
    pub(crate) pin: Fingerprint,
    pub(crate) provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if Fingerprint::of_der(end_entity) == self.pin {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_reads_back_as_it_is_written() {
        let one = Fingerprint::of_der(b"certificate");
        assert_eq!(one.to_string().parse::<Fingerprint>().unwrap(), one);
        for bad in ["", "sha256:", "sha1:00", "sha256:zz", &one.to_string()[..60]] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(InvalidFingerprint), "{bad:?}");
        }
        assert_eq!(Fingerprint::of_pem("no certificate"), Err(InvalidFingerprint));
    }
}
