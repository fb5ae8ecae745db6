//! Logging in and out, and what somebody says of their own login: sessions, password, second factor, tokens.

use crate::passkeys::PasskeyAnswer;
use chrono::{DateTime, Utc};
use nusantara_types::{Network, Secret};
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
    /// Code of the app or a recovery code, where `second_factor_required` was answered without one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub code: Option<Secret>,
    /// A passkey instead of a code, which answers `POST /api/v1/auth/login/question`.
    #[serde(default)]
    pub passkey: Option<PasskeyAnswer>,
}

/// `GET /api/v1/auth/me`, and the answer to a login or a finished setup.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Id; null for root at the host's prompt.
    pub id: Option<Uuid>,
    /// Name.
    pub username: String,
    /// Role; a built-in one is `admin`, `operator`, `viewer` or `user`.
    pub role: String,
    /// Whether the role is about accounts that the login has a part in, and not about all.
    pub own_only: bool,
    /// What the role may do, as `module:verb`.
    pub permissions: Vec<String>,
    /// Send as `X-CSRF-Token` with every unsafe request of this session; null for root and for tokens.
    pub csrf_token: Option<String>,
    /// Set while an administrator has the view of this login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewed_by: Option<Viewing>,
    /// Set while the second factor of this login is about to be dropped by root: when it goes, unless it is shown or kept before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor_drops_at: Option<DateTime<Utc>>,
}

/// Whose eyes are behind a view, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Viewing {
    /// Name of the administrator's login.
    pub username: String,
    /// When the view ends by itself.
    pub until: DateTime<Utc>,
}

/// `POST /api/v1/auth/verify`: proves once more who holds the session.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The login's password; absent with a passkey.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<Secret>,
    /// Code of the app or a recovery code, where the login has a second factor.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub code: Option<Secret>,
    /// A passkey, which is enough by itself and answers `POST /api/v1/auth/verify/question`.
    #[serde(default)]
    pub passkey: Option<PasskeyAnswer>,
}

/// `PUT /api/v1/auth/password`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The one it has.
    #[schema(value_type = String, format = Password)]
    pub current: Secret,
    /// The one it shall have, 12 to 256 bytes.
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 256)]
    pub new: Secret,
}

/// `GET /api/v1/auth/sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionList {
    /// The last used first.
    pub items: Vec<SessionView>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Where it began.
    pub address: String,
    /// The browser or program, as it calls itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends, used or not.
    pub expires_at: DateTime<Utc>,
}

/// `GET /api/v1/auth/second-factor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecondFactor {
    /// Whether a code of an app is asked for at login.
    pub enabled: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
}

/// `POST /api/v1/auth/second-factor`: what an app makes codes from. It is asked for once a code has confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecondFactorSetup {
    /// To be typed into an app that has no camera, in base32.
    pub secret: String,
    /// The same as an `otpauth` address.
    pub uri: String,
    /// The address as a QR code.
    pub qr: QrCode,
}

/// A QR code, to be drawn as one SVG path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QrCode {
    /// Width and height of its `viewBox`, with the quiet border.
    pub size: u32,
    /// The dark squares, as the `d` of a path.
    pub path: String,
}

/// `PUT /api/v1/auth/second-factor`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmSecondFactor {
    /// The code that the app shows now.
    #[schema(value_type = String)]
    pub code: Secret,
}

/// Codes that work once each, in the place of the app's. Shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
}

/// `GET /api/v1/auth/tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiTokenList {
    /// Newest first.
    pub items: Vec<ApiToken>,
}

/// A token for programs, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    /// Its id.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// What it may do, as far as its owner may.
    pub permissions: Vec<String>,
    /// Where it may be used; anywhere when empty.
    pub networks: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends; null for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From where.
    pub last_used_address: Option<String>,
}

/// `POST /api/v1/auth/tokens`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiToken {
    /// What its owner calls it, up to 64 characters.
    pub name: String,
    /// What it may do, as `module:verb`; none that its owner may not.
    pub permissions: Vec<String>,
    /// Addresses and networks where it may be used; anywhere when empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 32)]
    pub networks: Vec<Network>,
    /// Days until it ends, 1 to 366; absent for never.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 366)]
    pub expires_in_days: Option<u16>,
}

/// A new token, with its secret, which is shown this once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewApiToken {
    /// The token itself: send it as `Authorization: Bearer …`.
    pub token: String,
    /// What is kept of it.
    #[serde(flatten)]
    pub kept: ApiToken,
}

/// `POST /api/v1/auth/link`: whose password a link sets.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookAtLink {
    /// The link's token.
    #[schema(value_type = String)]
    pub token: Secret,
}

/// Whose password a link sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkOwner {
    /// Name of the login.
    pub username: String,
    /// When the link stops working.
    pub expires_at: DateTime<Utc>,
}

/// `PUT /api/v1/auth/link`: sets the password that a link is for. Logging in comes after that.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseLink {
    /// The link's token.
    #[schema(value_type = String)]
    pub token: Secret,
    /// The password, 12 to 256 bytes.
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 256)]
    pub password: Secret,
}
