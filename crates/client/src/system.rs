//! The host and the panel themselves.

use crate::{Client, Error};
use nusantara_api::system::{Compatibility, Health};

impl Client {
    /// `GET /healthz`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn health(&self) -> Result<Health, Error> {
        self.get(&["healthz"]).await
    }

    /// `GET /api/v1/system/compatibility`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn compatibility(&self) -> Result<Compatibility, Error> {
        self.get(&["api", "v1", "system", "compatibility"]).await
    }

    /// `GET /api/v1/openapi.json`: the contract, as the running panel serves it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn openapi(&self) -> Result<serde_json::Value, Error> {
        self.get(&["api", "v1", "openapi.json"]).await
    }
}
