//! What would change.

use super::KeepOld;
use nusantara_types::{DomainName, Username};
use serde::{Deserialize, Serialize};

/// What a plan is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PlanIntent {
    /// Bring the host to the spec.
    Converge,
    /// Remove the account.
    Delete,
    /// Switch it off.
    Suspend,
    /// Switch it on again.
    Unsuspend,
    /// Give it another name.
    Rename {
        /// Which.
        new_username: Username,
    },
    /// Give its primary site another name, or another of its sites that place.
    PrimaryDomain {
        /// Which name.
        domain: DomainName,
        /// What becomes of the name that was.
        keep_old: Option<KeepOld>,
    },
}

/// The ordered list of changes between what is wanted and what is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Whose.
    pub username: Username,
    /// What for.
    pub intent: PlanIntent,
    /// In the order they would be carried out; empty when nothing would change.
    pub changes: Vec<PlannedChange>,
}

/// One change of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedChange {
    /// What kind of change.
    pub action: ChangeAction,
    /// The step that carries it out, such as `user.create`.
    pub step: String,
    /// What is touched, such as `user joko` or `/home/joko`.
    pub target: String,
    /// One line for people, in English.
    pub summary: String,
    /// Unified diff or list of details, when there is something to read.
    pub detail: Option<String>,
}

/// Kind of a planned change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// Something new.
    Create,
    /// Something different.
    Update,
    /// Something gone.
    Remove,
}
