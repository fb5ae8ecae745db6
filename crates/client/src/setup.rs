//! First run.

use crate::{Client, Error};
use nusantara_api::auth::Me;
use nusantara_api::setup::{SetupStatus, SetupToken};
use nusantara_types::Secret;
use secrecy::ExposeSecret;

impl Client {
    /// `GET /api/v1/setup`: whether the panel still waits for its first admin.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn setup_status(&self) -> Result<SetupStatus, Error> {
        self.get(&["api", "v1", "setup"]).await
    }

    /// `GET /api/v1/setup/token`: the one-time token, for root over the local socket only.
    ///
    /// # Errors
    /// [`Error`]; `not_found` once an admin exists.
    pub async fn setup_token(&self) -> Result<SetupToken, Error> {
        self.get(&["api", "v1", "setup", "token"]).await
    }

    /// `POST /api/v1/setup`: makes the first admin. The client keeps its session.
    ///
    /// # Errors
    /// [`Error`]; `not_found` once an admin exists.
    pub async fn setup(&self, token: &Secret, username: &str, password: &Secret) -> Result<Me, Error> {
        let body = serde_json::json!({
            "token": token.expose_secret(), "username": username, "password": password.expose_secret(),
        });
        let me = self.post(&["api", "v1", "setup"], &body).await?;
        Ok(self.remember(me))
    }
}
