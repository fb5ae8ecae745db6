//! The host and the panel themselves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /healthz`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, or `degraded` while the panel's database does not answer: then what needs it is answered with 503.
    pub status: String,
}

/// Verdict of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// As it should be.
    Ok,
    /// Works, but something is less than it could be.
    Warning,
    /// Will not work.
    Error,
}

/// One check of the host.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CompatibilityCheck {
    /// Stable id: `os`, `systemd`, `nginx`, `php`, `cgroups`, `disk`, `hostd`, `quota`.
    pub id: String,
    /// Verdict.
    pub status: CheckStatus,
    /// What was found, such as `nginx 1.22.1`.
    pub found: Option<String>,
    /// What it means and what to do, in English.
    pub message: String,
}

/// `GET /api/v1/system/compatibility`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Compatibility {
    /// Name of the system.
    pub os: String,
    /// Host name.
    pub hostname: String,
    /// Version of the panel.
    pub panel_version: String,
    /// Version of the host daemon; null when it does not answer.
    pub hostd_version: Option<String>,
    /// PHP branches that sites can use.
    pub php_versions: Vec<String>,
    /// Worst verdict of the checks.
    pub status: CheckStatus,
    /// Every check.
    pub checks: Vec<CompatibilityCheck>,
}
