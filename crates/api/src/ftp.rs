//! Logins for FTP over TLS. Passwords come in and never go out again.

use nusantara_types::{DocRoot, FtpName, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/accounts/{username}/ftp`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FtpList {
    /// Whether this host has an FTP server; without one no login can be made.
    pub available: bool,
    /// The host to connect to, with explicit TLS.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How many logins the account may have.
    pub most: u32,
    /// The logins, in order of name.
    pub items: Vec<FtpLogin>,
}

/// An FTP login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FtpLogin {
    /// Its name within the account.
    pub name: String,
    /// What is typed into an FTP program: `<username>.<name>`.
    pub login: String,
    /// The folder below the home that it sees.
    pub folder: String,
    /// Whether it is let in.
    pub enabled: bool,
}

/// `POST /api/v1/accounts/{username}/ftp`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddFtp {
    /// Its name within the account: up to 31 lower-case letters, digits and hyphens, starting with a letter.
    #[schema(value_type = String, example = "web")]
    pub name: FtpName,
    /// The folder below the home that it sees; made when it is not there.
    #[schema(value_type = String, example = "domains/example.com/public_html")]
    pub folder: DocRoot,
    /// Its password, 8 to 128 characters.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128)]
    pub password: Secret,
}

/// `PUT /api/v1/accounts/{username}/ftp/{name}`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateFtp {
    /// The folder below the home that it sees; made when it is not there.
    #[schema(value_type = String, example = "domains/example.com/public_html")]
    pub folder: DocRoot,
    /// Whether it is let in.
    pub enabled: bool,
    /// New password, 8 to 128 characters; absent to keep the one it has.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, min_length = 8, max_length = 128)]
    pub password: Option<Secret>,
}
