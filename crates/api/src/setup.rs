//! First run.

use nusantara_types::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/setup`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SetupStatus {
    /// Whether the panel still waits for its first admin.
    pub required: bool,
    /// The only address at which a passkey logs in; null while the panel has no name.
    pub passkey_origin: Option<String>,
}

/// `POST /api/v1/setup`. 404 for good once an admin exists.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// What `nusantara setup-token` printed.
    #[schema(value_type = String, format = Password)]
    pub token: Secret,
    /// Name of the first admin: 3 to 32 letters, digits, dots, hyphens, underscores.
    pub username: String,
    /// Its password, 12 to 256 bytes.
    #[schema(value_type = String, format = Password)]
    pub password: Secret,
}

/// `GET /api/v1/setup/token`, over the local socket as root only.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SetupToken {
    /// Works once.
    pub token: String,
}
