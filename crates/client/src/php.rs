//! PHP of accounts.

use crate::{Client, Error};
use nusantara_api::jobs::JobAccepted;
use nusantara_api::php::{AccountPhp, UpdatePhp};
use nusantara_types::Username;

impl Client {
    /// `GET /api/v1/accounts/{username}/php`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn php_show(&self, username: &Username) -> Result<AccountPhp, Error> {
        self.get(&["api", "v1", "accounts", username.as_str(), "php"]).await
    }

    /// `PUT /api/v1/accounts/{username}/php`: all settings as they shall be.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change is under way.
    pub async fn php_update(&self, username: &Username, request: &UpdatePhp) -> Result<JobAccepted, Error> {
        self.put(&["api", "v1", "accounts", username.as_str(), "php"], request).await
    }
}
