//! Sites: served domains.

pub(crate) mod protected;
pub(crate) mod settings;

pub use protected::{ProtectFolder, ProtectSite, ProtectVisitor, ProtectedFolder, Visitor};
pub use settings::{ErrorPage, Header, Hsts, PageCache, ProxyTarget, Redirect, RedirectStatus, SiteSettings, Www};

use crate::accounts::ActionState;
use crate::jobs::JobRef;
use chrono::{DateTime, Utc};
use nusantara_types::{DocRoot, DomainName, PhpVersion, Username};
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
    /// What it becomes. When absent, a subdomain below a domain of the account, else an addon domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<NewSiteKind>,
    /// Its folder below the home; `domains/<domain>/public_html` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub docroot: Option<DocRoot>,
    /// PHP branch; the account's when absent. Short for the same field of `settings`, for whoever needs no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub php_version: Option<PhpVersion>,
    /// Its runtime and options; PHP with every default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<SiteSettings>,
    /// Whether it may lie below or above a domain of another account, or be one that another account gave up lately. For admins.
    #[serde(default)]
    pub allow_below_foreign: bool,
    /// Whether a DNS record proves that the name is the account's (`GET /api/v1/accounts/{username}/domain-proof`): what an owner needs
    /// for a name that lies below or above another account's, or that another account gave up lately.
    #[serde(default)]
    pub dns_proof: bool,
}

/// Query of `GET /api/v1/accounts/{username}/domain-proof`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DomainProofQuery {
    /// The name that the account shall get.
    pub domain: String,
}

/// The DNS record that proves that a name is an account's.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DomainProof {
    /// How the name stands to the account.
    pub standing: NameStanding,
    /// Where the record has to be.
    #[schema(example = "_nusantara-challenge.shop.example.net")]
    pub record_name: String,
    /// The text of the TXT record: of this account and this name alone, and always the same.
    #[schema(example = "nusantara-proof=9f86d081884c7d659a2feaa0c55ad015")]
    pub record_value: String,
}

/// How a name stands to an account that may want it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NameStanding {
    /// Nobody else has it, nor one above or below it: no proof is needed.
    Free,
    /// Another account has it: no proof helps.
    Held,
    /// Another account has a name above it.
    Below,
    /// Another account has a name below it.
    Above,
    /// Another account gave it up lately.
    Resting,
}

/// What a further site can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NewSiteKind {
    /// A further domain.
    Addon,
    /// Below a domain of the account.
    Subdomain,
}

/// `PUT /api/v1/sites/{id}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSite {
    /// Its new folder below the home; as it is when absent. Files do not move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub docroot: Option<DocRoot>,
    /// All its settings as they shall be; what is absent falls back to its default. Protected folders stay as they are.
    pub settings: SiteSettings,
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
    /// Only the site of exactly this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

/// State of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteState {
    /// Being published.
    Provisioning,
    /// Serving.
    Active,
    /// Away with its account, which is suspended.
    Suspended,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteRuntime {
    /// PHP as the account.
    #[default]
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
    /// Give it other settings, another folder, other protected folders.
    pub update: ActionState,
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

/// `GET /api/v1/sites/{id}`: the site with what the host has for it. What only the host knows is null or empty while the site
/// is being made and while the host daemon is away.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SiteDetail {
    /// The line of the list.
    #[serde(flatten)]
    pub site: Site,
    /// Its folder, below the home.
    pub docroot: Option<String>,
    /// Its runtime and options.
    pub settings: Option<SiteSettings>,
    /// Parts that ask for a name and a password.
    pub protected: Vec<ProtectedFolder>,
    /// All names it answers to, its own first.
    pub names: Vec<String>,
    /// Ports of 127.0.0.1 that the account holds, for its apps and its proxies.
    pub ports_used: Vec<u16>,
}

/// 202 to a create, change or delete of a site.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SiteAccepted {
    /// The site in its transient state.
    pub site: Site,
    /// The job that does the work.
    pub job: JobRef,
}
