//! SSH of accounts.

use crate::{Client, Error};
use nusantara_api::jobs::JobAccepted;
use nusantara_api::ssh::{AccountSsh, AddSshKey, UpdateSsh};
use nusantara_types::{RequestId, SshFingerprint, Username};

impl Client {
    /// `GET /api/v1/accounts/{username}/ssh`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn ssh_show(&self, username: &Username) -> Result<AccountSsh, Error> {
        self.get(&["api", "v1", "accounts", username.as_str(), "ssh"]).await
    }

    /// `PUT /api/v1/accounts/{username}/ssh`: all settings as they shall be, except the keys.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change is under way.
    pub async fn ssh_update(&self, username: &Username, request: &UpdateSsh) -> Result<JobAccepted, Error> {
        self.put(&["api", "v1", "accounts", username.as_str(), "ssh"], request).await
    }

    /// `POST /api/v1/accounts/{username}/ssh/keys`. The same `key` sent again does not add it twice.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn ssh_key_add(&self, username: &Username, request: &AddSshKey, key: RequestId) -> Result<JobAccepted, Error> {
        self.create(&["api", "v1", "accounts", username.as_str(), "ssh", "keys"], request, key).await
    }

    /// `DELETE /api/v1/accounts/{username}/ssh/keys/{fingerprint}`. Logins of the account are ended.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such key.
    pub async fn ssh_key_remove(&self, username: &Username, fingerprint: &SshFingerprint) -> Result<JobAccepted, Error> {
        self.delete(&["api", "v1", "accounts", username.as_str(), "ssh", "keys", fingerprint.as_str()]).await
    }
}
