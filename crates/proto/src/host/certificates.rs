//! Certificates of sites. A key that the host makes never leaves it: what goes out is a request to be signed, what comes back is a chain.

use nusantara_types::certificates::{CertificateSource, ChainPem, ChallengeToken, KeyAuthorization, PrivateKey, SiteCertificate};
use nusantara_types::{DomainName, Username};
use serde::{Deserialize, Serialize};

/// What a site answers HTTPS with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteTls {
    /// Its name.
    pub domain: DomainName,
    /// Whether it answers HTTPS.
    pub https: bool,
    /// Every name it answers to, its own first.
    pub names: Vec<DomainName>,
    /// The certificate of its own, when it has one.
    pub certificate: Option<SiteCertificate>,
}

/// Arguments of [`Operation::CertificateRequest`](super::Operation::CertificateRequest).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRequest {
    /// Whose.
    pub username: Username,
    /// Which site.
    pub domain: DomainName,
    /// What the certificate shall be for: names of that site, at most 100.
    pub names: Vec<DomainName>,
}

/// Arguments of [`Operation::CertificateChallenge`](super::Operation::CertificateChallenge).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateChallenge {
    /// Whose.
    pub username: Username,
    /// A name that the account holds.
    pub name: DomainName,
    /// The challenge and its answer; every answer at that name goes when absent.
    pub answer: Option<ChallengeAnswer>,
}

/// A challenge and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeAnswer {
    /// What is asked for.
    pub token: ChallengeToken,
    /// What is answered.
    pub authorization: KeyAuthorization,
}

/// Arguments of [`Operation::CertificateInstall`](super::Operation::CertificateInstall).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateInstall {
    /// Whose.
    pub username: Username,
    /// Which site.
    pub domain: DomainName,
    /// Where it comes from. One that was ordered belongs to the key of the last request.
    pub source: CertificateSource,
    /// The key of one that is uploaded. It is never written into the journal or the ledger.
    pub key: Option<PrivateKey>,
    /// The certificate, and those it hangs on.
    pub chain: ChainPem,
}
