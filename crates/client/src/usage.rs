//! What accounts use.

use crate::{Client, Error};
use nusantara_api::usage::{Usage, UsageHistory, UsageHistoryQuery};
use nusantara_types::Username;

impl Client {
    /// `GET /api/v1/accounts/{username}/usage`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn usage_show(&self, username: &Username) -> Result<Usage, Error> {
        self.get(&["api", "v1", "accounts", username.as_str(), "usage"]).await
    }

    /// `GET /api/v1/accounts/{username}/usage/history`, 1 to 720 hours back.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn usage_history(&self, username: &Username, hours: u32) -> Result<UsageHistory, Error> {
        let query = UsageHistoryQuery { hours: Some(hours) };
        self.get_with(&["api", "v1", "accounts", username.as_str(), "usage", "history"], &query).await
    }
}
