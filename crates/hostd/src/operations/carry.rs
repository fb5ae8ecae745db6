//! Carries an account over from one spec to another: observe, plan, journal, keep what a hand has changed and is written over, converge,
//! record. What every edit, every converge and every adoption ends in.

use super::{Call, begin, carry_out, condemn, name, note};
use crate::converge::{Work, databases, observe};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::journal::Edit;
use crate::state::overwritten::{self, Kept};
use nusantara_plan::account::{Foreign, plan};
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::drift::{self, Look};
use nusantara_plan::site::summary;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, DriftId};
use std::collections::BTreeSet;

/// Which of the changes are carried out.
#[derive(Debug)]
pub(super) enum Extent {
    /// All of them, so that what was changed by hand is put right on the way.
    Everything,
    /// Only those that the edit brings: what was changed by hand stays as it is.
    OnlyNew,
    /// All of them, after this one.
    First(Option<Box<Change>>),
}

/// Brings the host from one spec to another, inside the account's lock, with the names and ports of both reserved. `written` is what
/// its files say now, where that is not the spec before. What was changed by hand and is written over is kept.
pub(super) async fn over(
    d: &Daemon,
    call: &Call,
    edit: &Edit,
    written: Option<&AccountSpec>,
    extent: Extent,
) -> Result<Answer, OperationError> {
    let Edit { before, after } = edit;
    let foreign = |e: Foreign| OperationError::new(ErrorCode::Conflict, e.message);
    let mut observed = observe(d, &after.account.username, before.account.uid, Some(before.clone())).await.map_err(|e| host_failed(&e))?;
    condemn(&mut observed.databases, &call.request.operation);
    let look = Look { applied: before.clone(), written: written.unwrap_or(before).clone(), observed };
    let mut changes = plan(after, &look.observed).map_err(foreign)?;
    let repairs = look.repairs().map_err(foreign)?;
    match extent {
        Extent::Everything => {}
        Extent::OnlyNew => changes.retain(|change| !repairs.contains(change)),
        Extent::First(first) => changes.splice(0..0, first.map(|first| *first)).for_each(drop),
    }
    if changes.is_empty() {
        note(d, call).await?;
        return Ok(Answer::Applied(summary(after)));
    }
    databases::refuse_silent(&changes).await?;
    let (actor, at) = (call.request.actor.clone(), d.now());
    let work = Work::new(Owner::of(after), name(&call.request.operation), actor, at, Some(after.clone()));
    let entry = begin(d, call, &work, Some(edit)).await?;
    keep(d, &work, &look, &repairs, &changes).await?;
    carry_out(d, &entry, &work, &changes, &call.running).await?;
    Ok(Answer::Applied(summary(after)))
}

/// Keeps what was changed by hand of whatever `changes` are about to write over.
async fn keep(d: &Daemon, work: &Work, look: &Look, repairs: &[Change], changes: &[Change]) -> Result<(), OperationError> {
    let touched: BTreeSet<DriftId> = changes.iter().filter_map(drift::item_of).collect();
    let mut lost: BTreeSet<DriftId> = repairs.iter().filter_map(drift::item_of).filter(|item| touched.contains(item)).collect();
    if look.is_rewritten() {
        lost.extend(touched.into_iter().filter(|item| item.as_str() == "spec"));
    }
    if lost.is_empty() {
        return Ok(());
    }
    let mut items = drift::items(look).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))?;
    items.retain(|found| lost.contains(&found.item));
    let by = format!("{} for {}", work.operation, work.actor);
    let kept = Kept { at: work.at, by: &by, items: &items, texts: drift::texts_of(look, &lost) };
    overwritten::keep(&d.folders, &work.owner.username, &kept).await.map_err(|e| host_failed(&e))
}
