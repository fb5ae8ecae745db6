//! Passkeys: keys that a device keeps, and opens a login with instead of a password (WebAuthn Level 3).

use chrono::{DateTime, Utc};
use nusantara_types::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `GET /api/v1/auth/passkeys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PasskeyList {
    /// The only address at which passkeys work here; null while the panel has no name: a browser binds them to a name, and an IP
    /// address is none.
    pub origin: Option<String>,
    /// The oldest first.
    pub items: Vec<PasskeyView>,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PasskeyView {
    /// Its id.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What a browser hands to a device. It is answered once, within five minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PasskeyQuestion {
    /// To be sent back with the answer.
    pub attempt: String,
    /// `PublicKeyCredentialCreationOptionsJSON` where a passkey is made, `PublicKeyCredentialRequestOptionsJSON` where one is used.
    pub options: serde_json::Value,
}

/// What a device answered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// As the question came with.
    #[schema(value_type = String)]
    pub attempt: Secret,
    /// `AuthenticationResponseJSON`.
    pub credential: serde_json::Value,
}

/// `POST /api/v1/auth/passkeys`: what a device made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPasskey {
    /// What its owner calls it, up to 64 characters.
    pub name: String,
    /// As the question came with.
    #[schema(value_type = String)]
    pub attempt: Secret,
    /// `RegistrationResponseJSON`.
    pub credential: serde_json::Value,
}

/// A passkey that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddedPasskey {
    /// The passkey.
    pub passkey: PasskeyView,
    /// Codes that work once each when no passkey is at hand; empty when the login has some already. Shown this once.
    pub recovery_codes: Vec<String>,
}

/// `PUT /api/v1/auth/passkeys/{id}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenamePasskey {
    /// What its owner calls it, up to 64 characters.
    pub name: String,
}
