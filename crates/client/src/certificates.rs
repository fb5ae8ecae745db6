//! Certificates of sites.

use crate::{Client, Error};
use nusantara_api::certificates::{CertificateList, SiteCertificate, UploadCertificate};
use nusantara_api::jobs::JobAccepted;
use nusantara_types::{DomainName, Username};
use secrecy::ExposeSecret;
use serde_json::json;

impl Client {
    /// `GET /api/v1/accounts/{username}/certificates`: what the sites of an account answer HTTPS with.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn certificate_list(&self, username: &Username) -> Result<CertificateList, Error> {
        self.get(&["api", "v1", "accounts", username.as_str(), "certificates"]).await
    }

    /// `GET /api/v1/accounts/{username}/sites/{domain}/certificate`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such site.
    pub async fn certificate_show(&self, username: &Username, domain: &DomainName) -> Result<SiteCertificate, Error> {
        self.get(&["api", "v1", "accounts", username.as_str(), "sites", domain.as_str(), "certificate"]).await
    }

    /// `POST /api/v1/accounts/{username}/sites/{domain}/certificate/issue`.
    ///
    /// # Errors
    /// [`Error`]; `validation_failed` when there is nobody to order from.
    pub async fn certificate_issue(&self, username: &Username, domain: &DomainName) -> Result<JobAccepted, Error> {
        self.post(&["api", "v1", "accounts", username.as_str(), "sites", domain.as_str(), "certificate", "issue"], &json!({})).await
    }

    /// `POST /api/v1/accounts/{username}/sites/{domain}/certificate/revoke`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the site has none.
    pub async fn certificate_revoke(&self, username: &Username, domain: &DomainName) -> Result<JobAccepted, Error> {
        self.post(&["api", "v1", "accounts", username.as_str(), "sites", domain.as_str(), "certificate", "revoke"], &json!({})).await
    }

    /// `PUT /api/v1/accounts/{username}/sites/{domain}/certificate`. It is in force when this returns.
    ///
    /// # Errors
    /// [`Error`]; `validation_failed` with the field at fault.
    pub async fn certificate_upload(
        &self,
        username: &Username,
        domain: &DomainName,
        request: &UploadCertificate,
    ) -> Result<SiteCertificate, Error> {
        let body = json!({ "key": request.key.expose_secret(), "chain": request.chain });
        self.put(&["api", "v1", "accounts", username.as_str(), "sites", domain.as_str(), "certificate"], &body).await
    }

    /// `DELETE /api/v1/accounts/{username}/sites/{domain}/certificate`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the site has none.
    pub async fn certificate_remove(&self, username: &Username, domain: &DomainName) -> Result<JobAccepted, Error> {
        self.delete(&["api", "v1", "accounts", username.as_str(), "sites", domain.as_str(), "certificate"]).await
    }
}
