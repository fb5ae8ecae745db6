//! Gives an account another name: user, home, spec and everything that carries the name.
//!
//! An edit of its own kind, for it is about two names: both are locked, and the new one is reserved like that of a new account. The
//! journal has the spec before and after; the same plan, with the two exchanged, is the way back.

use super::account_create::refuse_taken;
use super::{Call, begin, carry_out, no_account};
use crate::converge::{Work, alive, observe};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::journal::Edit;
use crate::state::specs::broken;
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::rename::{Alive, TooLong, plan_rename, renamed};
use nusantara_plan::site::summary;
use nusantara_proto::host::{AccountRename, Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, Username};

const FIELD: &str = "new_username";

pub(super) async fn run(d: &Daemon, call: &Call, args: &AccountRename) -> Result<Answer, OperationError> {
    let AccountRename { username, new_username } = args;
    refuse_same(username, new_username)?;
    if d.index.get(username).is_none() {
        return Err(no_account(username));
    }
    d.index.reserve_name(new_username).map_err(|e| e.field(FIELD))?;
    let result = make(d, call, username, new_username).await;
    match &result {
        // What could not be taken back keeps its names until somebody has looked.
        Err(e) if e.code == ErrorCode::UndoFailed => {}
        Err(_) => d.index.release_name(new_username),
        Ok(_) => {}
    }
    result
}

async fn make(d: &Daemon, call: &Call, username: &Username, new_username: &Username) -> Result<Answer, OperationError> {
    // In one order, whoever else wants both.
    let (first, second) = if username < new_username { (username, new_username) } else { (new_username, username) };
    let _held = (d.access.to(first).await?, d.access.to(second).await?);
    let mut edit = specs(d, username, new_username).await?;
    edit.after.account.updated_at = d.now();
    let changes = changes(d, &edit.before, &edit.after, true).await?;
    let (actor, at) = (call.request.actor.clone(), edit.after.account.updated_at);
    let work = Work::new(Owner::of(&edit.after), "account_rename", actor, at, Some(edit.after.clone()));
    let entry = begin(d, call, &work, Some(&edit)).await?;
    carry_out(d, &entry, &work, &changes, &call.running).await?;
    d.index.rename(username, &edit.after);
    Ok(Answer::Applied(summary(&edit.after)))
}

fn refuse_same(username: &Username, new_username: &Username) -> Result<(), OperationError> {
    if username == new_username {
        return Err(OperationError::new(ErrorCode::Invalid, format!("the account is called {username} already")).field(FIELD));
    }
    Ok(())
}

/// The spec before and after, when the host has nothing under the new name. For whoever holds the account's lock.
async fn specs(d: &Daemon, username: &Username, new_username: &Username) -> Result<Edit, OperationError> {
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    refuse_taken(d, new_username).await.map_err(|e| if e.code == ErrorCode::Conflict { e.field(FIELD) } else { e })?;
    if d.logs.exists(new_username).await.map_err(|e| host_failed(&e))? {
        let message = "site logs of this name exist on the host already".to_owned();
        return Err(OperationError::new(ErrorCode::Conflict, message).field(FIELD));
    }
    let before = d.specs.read(username).map_err(|e| broken(&e))?;
    let after = under_name(&before, new_username)?;
    after.validate().map_err(|e| OperationError::new(ErrorCode::Invalid, e.message).field(e.field))?;
    Ok(Edit { before, after })
}

/// The spec as it reads under a name, its paths of the home included: one from before a rename, or from another host, names a home
/// that is not the account's.
pub(super) fn under_name(spec: &AccountSpec, username: &Username) -> Result<AccountSpec, OperationError> {
    renamed(spec, username).map_err(|TooLong { field, message }| OperationError::new(ErrorCode::Invalid, message).field(field))
}

/// What leads from one spec to the other, by what is seen under both names. `look` says whether what answers now has to answer
/// afterwards: after a crash that cannot be seen any more.
pub(crate) async fn changes(d: &Daemon, before: &AccountSpec, after: &AccountSpec, look: bool) -> Result<Vec<Change>, OperationError> {
    let (from, to, uid) = (&before.account.username, &after.account.username, before.account.uid);
    let old = observe(d, from, uid, Some(before.clone())).await.map_err(|e| host_failed(&e))?;
    let new = observe(d, to, uid, None).await.map_err(|e| host_failed(&e))?;
    let alive = if look { alive::look(d, before).await } else { Alive::default() };
    plan_rename(before, after, &old, &new, &alive).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))
}

/// What giving an account another name would change. For whoever holds its lock.
pub(super) async fn plan(d: &Daemon, username: &Username, new_username: &Username) -> Result<Vec<Change>, OperationError> {
    refuse_same(username, new_username)?;
    if d.index.has_name(new_username) {
        return Err(OperationError::new(ErrorCode::Conflict, format!("the account {new_username} exists already")).field(FIELD));
    }
    let edit = specs(d, username, new_username).await?;
    changes(d, &edit.before, &edit.after, false).await
}
