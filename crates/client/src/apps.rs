//! Apps of accounts.

use crate::{Client, Error};
use nusantara_api::apps::{App, AppList, PutApp};
use nusantara_api::jobs::JobAccepted;
use nusantara_api::logs::{AppLogQuery, LogPage};
use nusantara_types::{AppName, RequestId, Username};
use serde_json::json;

impl Client {
    /// `GET /api/v1/accounts/{username}/apps`: all of them, in order of name.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn app_list(&self, username: &Username) -> Result<Vec<App>, Error> {
        let list: AppList = self.get(&["api", "v1", "accounts", username.as_str(), "apps"]).await?;
        Ok(list.items)
    }

    /// `PUT /api/v1/accounts/{username}/apps/{name}`: makes it, or gives it these settings.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while too many changes are under way.
    pub async fn app_put(&self, username: &Username, name: &AppName, request: &PutApp) -> Result<JobAccepted, Error> {
        self.put(&["api", "v1", "accounts", username.as_str(), "apps", name.as_str()], request).await
    }

    /// `DELETE /api/v1/accounts/{username}/apps/{name}`. Files stay.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such app.
    pub async fn app_delete(&self, username: &Username, name: &AppName) -> Result<JobAccepted, Error> {
        self.delete(&["api", "v1", "accounts", username.as_str(), "apps", name.as_str()]).await
    }

    /// `POST /api/v1/accounts/{username}/apps/{name}/restart`. The same `key` sent again does not restart it twice.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such app.
    pub async fn app_restart(&self, username: &Username, name: &AppName, key: RequestId) -> Result<JobAccepted, Error> {
        self.create(&["api", "v1", "accounts", username.as_str(), "apps", name.as_str(), "restart"], &json!({}), key).await
    }

    /// `GET /api/v1/accounts/{username}/apps/{name}/logs`.
    ///
    /// # Errors
    /// [`Error`]; `host_unavailable` while the host daemon does not answer.
    pub async fn app_logs(&self, username: &Username, name: &AppName, query: &AppLogQuery) -> Result<LogPage, Error> {
        self.get_with(&["api", "v1", "accounts", username.as_str(), "apps", name.as_str(), "logs"], query).await
    }
}
