//! Aliases: further names under which an account's primary site answers.

use nusantara_types::DomainName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /api/v1/accounts/{username}/aliases`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAlias {
    /// The further name.
    #[schema(value_type = String, example = "example.net")]
    pub domain: DomainName,
    /// Whether it may lie below or above a domain of another account, or be one that another account gave up lately. For admins.
    #[serde(default)]
    pub allow_below_foreign: bool,
    /// Whether a DNS record proves that the name is the account's (`GET /api/v1/accounts/{username}/domain-proof`): what an owner needs
    /// for a name that lies below or above another account's, or that another account gave up lately.
    #[serde(default)]
    pub dns_proof: bool,
}
