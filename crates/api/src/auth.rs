//! Logging in and out.

use nusantara_types::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `POST /api/v1/auth/login`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Name of the login.
    pub username: String,
    /// Its password, at most 256 bytes.
    #[schema(value_type = String, format = Password)]
    pub password: Secret,
}

/// Built-in roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Works on accounts, not on people or settings.
    Operator,
    /// Sees, changes nothing.
    Viewer,
    /// Owns accounts and sees those only.
    User,
}

/// `GET /api/v1/auth/me`, and the answer to a login or a finished setup.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Id; null for root at the host's prompt.
    pub id: Option<Uuid>,
    /// Name.
    pub username: String,
    /// Role.
    pub role: Role,
    /// What the role may do, as `module:verb`.
    pub permissions: Vec<String>,
    /// Send as `X-CSRF-Token` with every unsafe request of this session; null for root at the prompt.
    pub csrf_token: Option<String>,
}
