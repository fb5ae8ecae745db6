//! Aliases.

use crate::{Client, Error};
use nusantara_api::aliases::CreateAlias;
use nusantara_api::jobs::JobAccepted;
use nusantara_types::{DomainName, RequestId, Username};

impl Client {
    /// `POST /api/v1/accounts/{username}/aliases`. The same `key` sent again does not make a second job.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when the name is in use.
    pub async fn alias_create(&self, username: &Username, request: &CreateAlias, key: RequestId) -> Result<JobAccepted, Error> {
        self.create(&["api", "v1", "accounts", username.as_str(), "aliases"], request, key).await
    }

    /// `DELETE /api/v1/accounts/{username}/aliases/{domain}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such alias.
    pub async fn alias_delete(&self, username: &Username, domain: &DomainName) -> Result<JobAccepted, Error> {
        self.delete(&["api", "v1", "accounts", username.as_str(), "aliases", domain.as_str()]).await
    }
}
