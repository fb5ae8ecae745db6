//! Certificates of sites. Keys come in and never go out again.

use chrono::{DateTime, Utc};
use nusantara_types::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a site answers HTTPS with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateState {
    /// It does not answer HTTPS.
    Off,
    /// The host's own certificate, which browsers warn of.
    HostOwn,
    /// A certificate of its own.
    Valid,
    /// One that is past the time at which it is renewed.
    Renewing,
    /// One that has ended.
    Ended,
}

/// Where a certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateOrigin {
    /// The panel ordered it, and renews it.
    Acme,
    /// Somebody uploaded it, and renews it by uploading another.
    Uploaded,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateFacts {
    /// Where it comes from.
    pub source: CertificateOrigin,
    /// What it is for.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// SHA-256, as browsers show it, in hexadecimal digits.
    pub fingerprint: String,
    /// When it begins.
    pub not_before: DateTime<Utc>,
    /// When it ends.
    pub not_after: DateTime<Utc>,
    /// When it was put in.
    pub installed_at: DateTime<Utc>,
    /// From when on another one is ordered; of one that was uploaded, the moment at which the panel steps in.
    pub renews_at: DateTime<Utc>,
}

/// Why the last order came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateFailure {
    /// Stable code, as of a job's error.
    pub code: String,
    /// What is wrong and what to change, as a sentence.
    pub message: String,
    /// What the authority said.
    pub detail: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// Not tried again by itself before.
    pub again_at: Option<DateTime<Utc>>,
    /// The job.
    pub job: Uuid,
}

/// `GET /api/v1/accounts/{username}/sites/{domain}/certificate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteCertificate {
    /// The account.
    pub account: String,
    /// The site.
    pub domain: String,
    /// Every name it answers to, its own first.
    pub names: Vec<String>,
    /// What it answers HTTPS with.
    pub state: CertificateState,
    /// The certificate of its own, when it has one.
    pub certificate: Option<CertificateFacts>,
    /// Names that the certificate is not for.
    pub missing: Vec<String>,
    /// Whether an authority is set up to order from.
    pub orders: bool,
    /// Its directory.
    pub directory: Option<String>,
    /// An order that is under way.
    pub job: Option<Uuid>,
    /// Why the last order came to nothing, when it did.
    pub failure: Option<CertificateFailure>,
}

/// `GET /api/v1/accounts/{username}/certificates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateList {
    /// The sites, the primary one first.
    pub items: Vec<SiteCertificate>,
}

/// `PUT /api/v1/accounts/{username}/sites/{domain}/certificate`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadCertificate {
    /// The private key as PEM, without a password.
    #[schema(value_type = String, format = Password)]
    pub key: Secret,
    /// The certificate as PEM, followed by those it hangs on.
    pub chain: String,
}
