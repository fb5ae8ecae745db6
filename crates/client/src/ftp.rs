//! FTP logins of accounts.

use crate::{Client, Error};
use nusantara_api::ftp::{AddFtp, FtpList, UpdateFtp};
use nusantara_api::jobs::JobAccepted;
use nusantara_types::{FtpName, RequestId, Username};
use secrecy::ExposeSecret;
use serde_json::json;

impl Client {
    /// `GET /api/v1/accounts/{username}/ftp`: the logins, in order of name, and how one connects.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn ftp_list(&self, username: &Username) -> Result<FtpList, Error> {
        self.get(&["api", "v1", "accounts", username.as_str(), "ftp"]).await
    }

    /// `POST /api/v1/accounts/{username}/ftp`. The same `key` sent again does not make a second job.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when the account has such a login.
    pub async fn ftp_create(&self, username: &Username, request: &AddFtp, key: RequestId) -> Result<JobAccepted, Error> {
        let AddFtp { name, folder, password } = request;
        let body = json!({ "name": name, "folder": folder, "password": password.expose_secret() });
        self.create(&["api", "v1", "accounts", username.as_str(), "ftp"], &body, key).await
    }

    /// `PUT /api/v1/accounts/{username}/ftp/{name}`. Without a password it keeps the one it has.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such login.
    pub async fn ftp_update(&self, username: &Username, name: &FtpName, request: &UpdateFtp) -> Result<JobAccepted, Error> {
        let UpdateFtp { folder, enabled, password } = request;
        let mut body = json!({ "folder": folder, "enabled": enabled });
        if let Some(password) = password {
            body["password"] = password.expose_secret().into();
        }
        self.put(&["api", "v1", "accounts", username.as_str(), "ftp", name.as_str()], &body).await
    }

    /// `DELETE /api/v1/accounts/{username}/ftp/{name}`. Files stay.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such login.
    pub async fn ftp_delete(&self, username: &Username, name: &FtpName) -> Result<JobAccepted, Error> {
        self.delete(&["api", "v1", "accounts", username.as_str(), "ftp", name.as_str()]).await
    }
}
