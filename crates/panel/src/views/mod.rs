//! What the client sees of records, host answers and the caller's rights. Responses are built here and nowhere else.

pub(crate) mod accounts;
pub(crate) mod apps;
pub(crate) mod certificates;
pub(crate) mod cron;
pub(crate) mod drift;
pub(crate) mod history;
pub(crate) mod jobs;
pub(crate) mod packages;
pub(crate) mod people;
pub(crate) mod schedules;
pub(crate) mod sites;
pub(crate) mod usage;

use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use nusantara_api::accounts::ActionState;
use nusantara_types::Username;

/// Whether the caller may do something now, and if not, why.
fn action(caller: &Caller, permission: Permission, obstacle: Option<&str>) -> ActionState {
    state(caller.may(permission), obstacle)
}

/// The same about what hangs on one account.
fn action_in(caller: &Caller, account: &Username, permission: Permission, obstacle: Option<&str>) -> ActionState {
    state(caller.may_in(account, permission), obstacle)
}

fn state(may: bool, obstacle: Option<&str>) -> ActionState {
    let reason = if may { obstacle } else { Some("forbidden") };
    ActionState { allowed: reason.is_none(), reason: reason.map(str::to_owned) }
}
