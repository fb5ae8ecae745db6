//! Sites: served domains.

use crate::accounts::ActionState;
use crate::jobs::JobRef;
use chrono::{DateTime, Utc};
use nusantara_types::{DomainName, PhpVersion, Username};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// `POST /api/v1/sites`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSite {
    /// Whose site.
    #[schema(value_type = String)]
    pub account: Username,
    /// Its name. Below a domain of the account it becomes a subdomain, else an addon domain.
    #[schema(value_type = String)]
    pub domain: DomainName,
    /// PHP branch; the account's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub php_version: Option<PhpVersion>,
}

/// Query of `GET /api/v1/sites`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SiteQuery {
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only this account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// State of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteState {
    /// Being published.
    Provisioning,
    /// Serving.
    Active,
    /// Being taken down.
    Deleting,
    /// The last change failed.
    Failed,
}

/// Kind of domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteKind {
    /// The account's first.
    Primary,
    /// A further domain.
    Addon,
    /// Below a domain of the account.
    Subdomain,
}

/// How a site answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteRuntime {
    /// PHP as the account.
    Php,
    /// Files only.
    Static,
    /// Something the account runs itself, on a port or a socket of its own.
    Proxy,
    /// An app that the host supervises.
    Node,
    /// Another address.
    Redirect,
}

/// What the caller may do with a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteActions {
    /// Take it down.
    pub delete: ActionState,
}

/// A site.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub account: String,
    /// Name.
    pub domain: String,
    /// Kind.
    pub kind: SiteKind,
    /// Absolute folder it serves from.
    pub root_path: String,
    /// How it answers.
    pub runtime: SiteRuntime,
    /// PHP branch.
    pub php_version: Option<String>,
    /// State.
    pub status: SiteState,
    /// Address to open.
    pub url: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What the caller may do.
    pub actions: SiteActions,
}

/// 202 to a create or delete of a site.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SiteAccepted {
    /// The site in its transient state.
    pub site: Site,
    /// The job that does the work.
    pub job: JobRef,
}
