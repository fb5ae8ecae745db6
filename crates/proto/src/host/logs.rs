//! The logs of an account.

use nusantara_types::{AppName, DomainName, Username};
use serde::{Deserialize, Serialize};

/// Arguments of [`Operation::LogRead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogRead {
    /// Whose.
    pub username: Username,
    /// Which.
    pub log: LogName,
    /// At most so many lines, 1 to 1,000.
    pub lines: u32,
    /// What an earlier page gave: lines that came after it. The last lines when absent.
    pub after: Option<String>,
}

/// A log of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LogName {
    /// Requests of a site, a JSON object per line.
    Access(DomainName),
    /// Errors of a site, in nginx's words.
    Error(DomainName),
    /// PHP's own messages.
    Php {},
    /// What an app wrote.
    App(AppName),
}

/// A piece of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogPage {
    /// Lines, oldest first, without what a terminal would obey; each at most 8 KiB.
    pub lines: Vec<String>,
    /// Where the next page begins.
    pub after: String,
}
