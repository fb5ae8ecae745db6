//! Sessions.

use crate::request::header_value;
use crate::{Client, Error};
use nusantara_api::auth::Me;
use nusantara_types::Secret;
use reqwest::Method;
use secrecy::ExposeSecret;
use std::sync::PoisonError;

impl Client {
    /// `POST /api/v1/auth/login`. The client keeps the session.
    ///
    /// # Errors
    /// [`Error`]; `invalid_credentials`, `rate_limited`.
    pub async fn login(&self, username: &str, password: &Secret) -> Result<Me, Error> {
        // The request type has no Serialize, so that a password cannot be written anywhere by accident.
        let body = serde_json::json!({ "username": username, "password": password.expose_secret() });
        let me = self.post(&["api", "v1", "auth", "login"], &body).await?;
        Ok(self.remember(me))
    }

    /// `POST /api/v1/auth/logout`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn logout(&self) -> Result<(), Error> {
        self.send(self.request(Method::POST, self.url(&["api", "v1", "auth", "logout"]))).await?;
        self.set_csrf(None);
        Ok(())
    }

    /// `GET /api/v1/auth/me`.
    ///
    /// # Errors
    /// [`Error`]; `unauthenticated` without a session.
    pub async fn me(&self) -> Result<Me, Error> {
        let me = self.get(&["api", "v1", "auth", "me"]).await?;
        Ok(self.remember(me))
    }

    /// Keeps the session's token for the requests to come.
    pub(crate) fn remember(&self, me: Me) -> Me {
        self.set_csrf(me.csrf_token.as_deref());
        me
    }

    fn set_csrf(&self, token: Option<&str>) {
        *self.csrf.write().unwrap_or_else(PoisonError::into_inner) = token.and_then(header_value);
    }
}
