//! What is not as it should be.

use super::PlannedChange;
use nusantara_types::{DriftId, Username};
use serde::{Deserialize, Serialize};

/// Arguments of [`super::Operation::DriftAdopt`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftAdopt {
    /// Whose.
    pub username: Username,
    /// What; all that can be taken when absent.
    pub item: Option<DriftId>,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftItem {
    /// Its stable name.
    pub item: DriftId,
    /// What it is on the host, such as a path.
    pub target: String,
    /// One line for people, in English.
    pub summary: String,
    /// From what should be (`-`) to what is (`+`), without secrets.
    pub diff: Option<String>,
    /// Whether it can be taken into the account's files.
    pub adoptable: bool,
    /// Why not.
    pub why_not: Option<String>,
}

/// What is not as it should be of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftReport {
    /// Whose.
    pub username: Username,
    /// In the order in which it would be put right.
    pub items: Vec<DriftItem>,
    /// Why it could not be looked at as a whole, as a sentence: its files cannot be used, or its user is somebody else's.
    pub problem: Option<String>,
    /// Whether what was applied last is kept, so that files which cannot be used can be put back.
    pub restorable: bool,
}

/// An account that is not as its files say. Without diffs and details: those are asked for one account at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Surveyed {
    /// Whose.
    pub username: Username,
    /// What a converge would change, in its order.
    pub changes: Vec<PlannedChange>,
    /// What is not as it should be.
    pub items: Vec<DriftItem>,
    /// As in [`DriftReport`].
    pub problem: Option<String>,
}

/// Answer to [`super::Operation::AccountSurvey`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// How many accounts were looked at.
    pub looked: u32,
    /// Those that are not as their files say.
    pub accounts: Vec<Surveyed>,
    /// Where to go on; none at the end.
    pub next: Option<Username>,
}
