//! The past of an account as the client sees it.

use super::accounts::change_action;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use nusantara_api::history::{FieldChange, RevisionDiff, RevisionLabel, RevisionView};
use nusantara_proto::host;
use serde_json::Value;

/// An applied revision.
pub(crate) fn revision(entry: host::RevisionEntry, caller: &Caller) -> RevisionView {
    RevisionView {
        number: entry.number,
        revision: entry.revision.to_string(),
        current: entry.current,
        at: entry.at,
        actor: entry.actor,
        action: entry.action,
        changes: entry.changes.into_iter().map(|field| change(field, caller)).collect(),
        more_changes: entry.more_changes,
    }
}

/// What is different between two revisions.
pub(crate) fn diff(diff: host::RevisionDiff, caller: &Caller) -> RevisionDiff {
    let label = |label: host::RevisionLabel| RevisionLabel { number: label.number, revision: label.revision.to_string() };
    RevisionDiff {
        from: label(diff.from),
        to: label(diff.to),
        changes: diff.changes.into_iter().map(|field| change(field, caller)).collect(),
        more_changes: diff.more_changes,
    }
}

fn change(change: host::FieldChange, caller: &Caller) -> FieldChange {
    let host::FieldChange { file, field, action, before, after, hidden } = change;
    // As where the account is shown: what administrators write about it is theirs.
    let theirs = field == "suspension" || field == "suspension.reason" || (file == "meta.json" && field == "notes");
    let hidden = hidden || (theirs && !caller.may(Permission::AccountUpdate));
    let shown = |value: Value| if hidden { Value::Null } else { value };
    FieldChange { file, field, action: change_action(action), before: shown(before), after: shown(after), hidden }
}
