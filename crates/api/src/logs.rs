//! Logs of sites and apps.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A log of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteLog {
    /// Requests, a JSON object per line.
    #[default]
    Access,
    /// Errors, in the web server's words.
    Error,
    /// PHP's own messages, of all sites of the account.
    Php,
}

/// Query of `GET /api/v1/sites/{id}/logs`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SiteLogQuery {
    /// Which; `access` when absent.
    #[serde(default)]
    #[param(inline)]
    pub log: SiteLog,
    /// How many lines, 1 to 1000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 1_000)]
    pub lines: Option<u32>,
    /// `after` of the page before, for the lines that came since; the last lines when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Query of `GET /api/v1/accounts/{username}/apps/{name}/logs`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppLogQuery {
    /// How many lines, 1 to 1000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 1_000)]
    pub lines: Option<u32>,
    /// `after` of the page before, for the lines that came since; the last lines when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A piece of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogPage {
    /// Lines, oldest first. Text of strangers: show it, never interpret it.
    pub lines: Vec<String>,
    /// Pass as `after` to get the lines that come next.
    pub after: String,
}
