//! Differences as the client sees them.

use super::{accounts, action};
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use nusantara_api::drift::{DriftActions, DriftFinding, DriftItem, DriftReport, DriftedAccount, PlannedAccount};
use nusantara_proto::host;
use nusantara_store as store;
use nusantara_types::Username;

/// One difference.
pub(crate) fn item(item: host::DriftItem) -> DriftItem {
    let host::DriftItem { item, target, summary, diff, adoptable, why_not } = item;
    DriftItem { item: item.to_string(), target, summary, diff, adoptable, why_not }
}

/// All of one account.
pub(crate) fn report(report: host::DriftReport, busy: Option<&'static str>, caller: &Caller) -> DriftReport {
    DriftReport {
        username: report.username.to_string(),
        items: report.items.into_iter().map(item).collect(),
        problem: report.problem,
        restorable: report.restorable,
        actions: DriftActions {
            adopt: action(caller, Permission::AccountUpdate, busy),
            overwrite: action(caller, Permission::AccountConverge, busy),
        },
    }
}

/// What was found of an account.
pub(crate) fn drifted(username: &Username, found: Vec<store::DriftFinding>) -> DriftedAccount {
    let finding = |found: store::DriftFinding| DriftFinding {
        item: found.item.to_string(),
        target: found.target,
        summary: found.summary,
        adoptable: found.adoptable,
        found_at: found.found_at,
    };
    DriftedAccount { username: username.to_string(), findings: found.into_iter().map(finding).collect() }
}

/// An account of a plan of all.
pub(crate) fn planned(surveyed: host::Surveyed) -> PlannedAccount {
    let changes = surveyed.changes.into_iter().map(accounts::change).collect();
    PlannedAccount { username: surveyed.username.to_string(), changes, problem: surveyed.problem }
}
