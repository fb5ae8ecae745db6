//! What is not as it should be of accounts: looked for, told, taken into the files, or put right.

use super::carry::Extent;
use super::edit::{bring_from, check};
use super::{Call, no_account};
use crate::converge::{Sight, observe_in};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::journal::Edit;
use crate::state::overwritten::{self, Kept};
use crate::state::specs::broken;
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::describe::planned;
use nusantara_plan::drift::{Look, NotAdoptable, adopted, items};
use nusantara_proto::host::{Answer, DriftAdopt, DriftItem, DriftReport, ErrorCode, OperationError, PlannedChange, Surveyed};
use nusantara_types::{AccountSpec, Username};

/// What a look at an account brought.
enum Seen {
    /// All of it.
    Whole(Box<Look>),
    /// Its files cannot be used, for this reason.
    Unusable(String),
}

/// Looks at an account. The caller holds its lock, or looks again with it.
async fn look(d: &Daemon, sight: &Sight, username: &Username) -> Result<Seen, OperationError> {
    let uid = d.uid_of(username);
    let written = match d.specs.read(username) {
        Ok(spec) => spec,
        Err(error) => return Ok(Seen::Unusable(error.to_string())),
    };
    if let Some(uid) = uid.filter(|uid| *uid != written.account.uid) {
        let problem = format!("account.json names the uid {}, and the account has {uid}", written.account.uid);
        return Ok(Seen::Unusable(problem));
    }
    let applied = d.specs.applied(&written).unwrap_or_else(|| written.clone());
    let observed = observe_in(d, sight, username, written.account.uid, Some(applied.clone())).await.map_err(|e| host_failed(&e))?;
    Ok(Seen::Whole(Box::new(Look { applied, written, observed })))
}

/// What is not as it should be of one account.
pub(super) async fn show(d: &Daemon, username: &Username) -> Result<Answer, OperationError> {
    known(d, username)?;
    let _held = d.access.to(username).await?;
    known(d, username)?;
    Ok(Answer::Drift(report(d, username, look(d, &Sight::One, username).await?)))
}

fn known(d: &Daemon, username: &Username) -> Result<(), OperationError> {
    let known = d.index.get(username).is_some() || d.index.is_broken(username);
    if known { Ok(()) } else { Err(no_account(username)) }
}

fn report(d: &Daemon, username: &Username, seen: Seen) -> DriftReport {
    let (items, problem) = match seen {
        Seen::Whole(look) => match items(&look) {
            Ok(items) => (items, None),
            Err(foreign) => (Vec::new(), Some(foreign.message)),
        },
        Seen::Unusable(problem) => (Vec::new(), Some(problem)),
    };
    DriftReport { username: username.clone(), items, problem, restorable: d.specs.newest(username).is_some() }
}

/// An account of a survey: nothing when it is as its files say.
pub(super) async fn surveyed(d: &Daemon, sight: &Sight, username: &Username) -> Option<Surveyed> {
    if matches!(look(d, sight, username).await, Ok(Seen::Whole(look)) if is_clean(&look)) {
        return None;
    }
    // What all share was seen some time ago, or something of this account is changing just now.
    let _held = match d.access.to(username).await {
        Ok(held) => held,
        Err(busy) => return Some(unseen(username, busy.message)),
    };
    // Gone meanwhile.
    known(d, username).ok()?;
    let look = match look(d, &Sight::One, username).await {
        Ok(Seen::Whole(look)) => look,
        Ok(Seen::Unusable(problem)) => return Some(unseen(username, problem)),
        Err(error) => return Some(unseen(username, error.detail.unwrap_or(error.message))),
    };
    if is_clean(&look) {
        return None;
    }
    match (converging(&look), items(&look)) {
        (Ok(changes), Ok(items)) => Some(Surveyed { username: username.clone(), changes, items: brief(items), problem: None }),
        (Err(foreign), _) | (_, Err(foreign)) => Some(unseen(username, foreign.message)),
    }
}

fn unseen(username: &Username, problem: String) -> Surveyed {
    Surveyed { username: username.clone(), changes: Vec::new(), items: Vec::new(), problem: Some(problem) }
}

/// Whether a converge would change nothing.
fn is_clean(look: &Look) -> bool {
    !look.is_rewritten() && look.repairs().is_ok_and(|changes| changes.is_empty())
}

/// What a converge would change, without details.
fn converging(look: &Look) -> Result<Vec<PlannedChange>, nusantara_plan::account::Foreign> {
    let owner = Owner::of(&look.written);
    let changes = nusantara_plan::account::plan(&look.written, &look.observed)?;
    Ok(changes.iter().map(|change| PlannedChange { detail: None, ..planned(&owner, change) }).collect())
}

fn brief(items: Vec<DriftItem>) -> Vec<DriftItem> {
    items.into_iter().map(|item| DriftItem { diff: None, why_not: None, ..item }).collect()
}

/// Brings the host to what an account's files say, as they are on disk. Where somebody has changed them by hand, this is how they
/// come into force, and what was applied before is what a failure goes back to.
pub(super) async fn converge(d: &Daemon, call: &Call, username: &Username) -> Result<Answer, OperationError> {
    known(d, username)?;
    let _held = d.access.to(username).await?;
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let written = d.specs.read(username).map_err(|e| broken(&e))?;
    same_uid(d, username, &written)?;
    let before = d.specs.applied(&written).unwrap_or_else(|| written.clone());
    let edit = Edit { before, after: written };
    check(&edit.before, &edit.after)?;
    // Root wrote the files: whose names lie below whose is settled by that.
    d.index.reserve(&edit.after, true)?;
    bring(d, call, &edit, Some(&edit.after), Extent::Everything).await
}

/// An account keeps its uid for life.
fn same_uid(d: &Daemon, username: &Username, spec: &AccountSpec) -> Result<(), OperationError> {
    match d.uid_of(username).filter(|uid| *uid != spec.account.uid) {
        None => Ok(()),
        Some(uid) => {
            let message = format!("account.json names the uid {}, and {username} has {uid}", spec.account.uid);
            Err(OperationError::new(ErrorCode::Conflict, message).field("uid"))
        }
    }
}

/// Brings the account there, and has no later one get its uid: a host that is being rebuilt learns it here.
async fn bring(d: &Daemon, call: &Call, edit: &Edit, written: Option<&AccountSpec>, extent: Extent) -> Result<Answer, OperationError> {
    let answer = bring_from(d, call, edit, written, extent).await?;
    d.uids.raise_above(edit.after.account.uid).await;
    Ok(answer)
}

/// Takes what was changed by hand into the files. Only that: whatever else was changed stays, and stays to be seen.
pub(super) async fn adopt(d: &Daemon, call: &Call, args: &DriftAdopt) -> Result<Answer, OperationError> {
    let username = &args.username;
    known(d, username)?;
    let _held = d.access.to(username).await?;
    known(d, username)?;
    let look = match look(d, &Sight::One, username).await? {
        Seen::Whole(look) => look,
        Seen::Unusable(problem) => {
            let message = "the account's files cannot be used; put them right by hand, or overwrite them with what was applied last";
            return Err(OperationError::new(ErrorCode::Invalid, message).field("username").detail(problem));
        }
    };
    let foreign = |e: nusantara_plan::account::Foreign| OperationError::new(ErrorCode::Conflict, e.message);
    let found = items(&look).map_err(foreign)?;
    let refuse = |NotAdoptable { item, why }| {
        OperationError::new(ErrorCode::Invalid, format!("{item} cannot be taken into the account's files: {why}")).field("item")
    };
    let mut after = adopted(&look, &found, args.item.as_ref()).map_err(refuse)?;
    after.account.updated_at = d.now();
    let edit = Edit { before: look.applied, after };
    check(&edit.before, &edit.after)?;
    d.index.reserve(&edit.after, true)?;
    bring(d, call, &edit, Some(&look.written), Extent::OnlyNew).await
}

/// Puts an account back to what was applied last, its files first.
pub(super) async fn overwrite(d: &Daemon, call: &Call, username: &Username) -> Result<Answer, OperationError> {
    known(d, username)?;
    let _held = d.access.to(username).await?;
    known(d, username)?;
    let written = d.specs.read(username).ok();
    let applied = match &written {
        Some(written) => d.specs.applied(written).unwrap_or_else(|| written.clone()),
        None => d.specs.newest(username).ok_or_else(|| {
            let message = "the account's files cannot be used, and what was applied last is not kept on this host";
            OperationError::new(ErrorCode::Invalid, message).field("username")
        })?,
    };
    same_uid(d, username, &applied)?;
    let edit = Edit { before: applied.clone(), after: applied };
    d.index.reserve(&edit.after, true)?;
    if written.is_none() {
        let by = format!("converge for {}", call.request.actor);
        let kept = Kept { at: d.now(), by: &by, items: &[], texts: d.specs.raw(username) };
        overwritten::keep(&d.folders, username, &kept).await.map_err(|e| host_failed(&e))?;
    }
    let restore = written.as_ref().is_none_or(|written| written.revision() != edit.after.revision());
    let before = d.specs.exists(username).then(|| Box::new(edit.after.clone()));
    let first = restore.then(|| Change::SpecWrite { before, after: Box::new(edit.after.clone()) });
    bring(d, call, &edit, written.as_ref(), Extent::First(first.map(Box::new))).await
}
