//! Carries out a list of changes, step by step, and takes it back.

use super::apply::apply;
use crate::daemon::Daemon;
use crate::requests::Running;
use crate::state::failpoints;
use crate::web::Coming;
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::describe;
use nusantara_proto::host::{ErrorCode, OperationError, StepState};
use nusantara_types::{AccountSpec, Actor, Timestamp};
use std::sync::{Mutex, PoisonError};

/// What a list of changes is carried out for.
#[derive(Debug)]
pub(crate) struct Work {
    /// Whose.
    pub(crate) owner: Owner,
    /// Short name of the operation, as in `nusantara_plan::steps::ALL`.
    pub(crate) operation: &'static str,
    /// Who asked.
    pub(crate) actor: Actor,
    /// When it was asked.
    pub(crate) at: Timestamp,
    /// What the account shall be; none when it shall not be.
    pub(crate) spec: Option<AccountSpec>,
    coming: Mutex<Option<Coming>>,
}

impl Work {
    pub(crate) fn new(owner: Owner, operation: &'static str, actor: Actor, at: Timestamp, spec: Option<AccountSpec>) -> Self {
        Self { owner, operation, actor, at, spec, coming: Mutex::new(None) }
    }

    /// The same work on what the account has under the name it had before.
    pub(super) fn of_former(&self, spec: &AccountSpec) -> Self {
        Self::new(Owner::of(spec), self.operation, self.actor.clone(), self.at, Some(spec.clone()))
    }

    /// Tells the web server's task that this work will have a change for it.
    fn announce(&self, coming: Coming) {
        *self.coming.lock().unwrap_or_else(PoisonError::into_inner) = Some(coming);
    }

    /// What was announced, to be handed over with the change, or dropped when there will be none.
    pub(super) fn announced(&self) -> Option<Coming> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A list of changes that could not be carried out to its end.
#[derive(Debug)]
pub(crate) struct Failed {
    /// Why.
    pub(crate) error: OperationError,
    /// How many changes of the list were begun: those before it, and everything that ran beside the one that failed.
    pub(crate) begun: usize,
}

/// Changes that may run at the same time: what needs only a uid; then what needs the user.
fn stage(change: &Change) -> u8 {
    match change {
        Change::SpecWrite { .. } => 0,
        Change::UserCreate { .. }
        | Change::HomeCreate { .. }
        | Change::HomeAccess { .. }
        | Change::SliceSet { .. }
        | Change::AccessWrite { .. } => 1,
        Change::QuotaSet { .. }
        | Change::PhpEnable { .. }
        | Change::DocrootCreate { .. }
        | Change::FolderCreate { .. }
        | Change::WebPublish { .. }
        | Change::WebMove { .. } => 2,
        Change::AppStart { .. } => 3,
        Change::SiteProbe { .. } => 4,
        // The rest is removal, in its order, and the record.
        _ => u8::MAX,
    }
}

/// The ends of the runs of changes that may run together.
fn stages(changes: &[Change]) -> Vec<std::ops::Range<usize>> {
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, change) in changes.iter().enumerate() {
        let this = stage(change);
        match out.last_mut() {
            Some(last) if this != u8::MAX && stage(&changes[last.start]) == this => last.end = i + 1,
            _ => out.push(i..i + 1),
        }
    }
    out
}

/// Carries out `changes` and says how it goes. Returns what could not be removed, each as a sentence.
///
/// # Errors
/// [`Failed`] at the first change that cannot be carried out; those beside it have ended by then.
pub(crate) async fn forward(d: &Daemon, work: &Work, changes: &[Change], running: &Running) -> Result<Vec<String>, Failed> {
    running.steps(describe::steps(&work.owner, changes));
    if changes.iter().any(|c| matches!(c, Change::WebPublish { .. } | Change::WebWithdraw)) {
        work.announce(d.web.coming());
    }
    let fresh =
        |new: bool| changes.iter().any(|c| matches!(c, Change::SiteProbe { fresh, pristine, .. } if !fresh.is_empty() && *pristine == new));
    let first_page = fresh(true).then(|| d.first_pages.begin(work.owner.uid));
    // What was there before, or was asked for by itself, is always asked.
    let warm = fresh(false) || first_page.as_ref().is_some_and(|page| page.asked);
    let mut leftovers = Vec::new();
    for range in stages(changes) {
        let end = range.end;
        let together = range.map(|i| one(d, work, i, &changes[i], warm, running));
        for outcome in futures_util::future::join_all(together).await {
            match outcome {
                Ok(more) => leftovers.extend(more),
                Err(error) => {
                    drop(work.announced());
                    return Err(Failed { error, begun: end });
                }
            }
        }
    }
    drop(work.announced());
    Ok(leftovers)
}

async fn one(d: &Daemon, work: &Work, index: usize, change: &Change, warm: bool, running: &Running) -> Result<Vec<String>, OperationError> {
    let step = change.step().name();
    running.step(index, StepState::Running, None);
    failpoints::reached(work.operation, step, "before");
    let began = tokio::time::Instant::now();
    match apply(d, work, change, warm).await {
        Ok(leftovers) => {
            failpoints::reached(work.operation, step, "after");
            tracing::debug!(account = %work.owner.username, step, microseconds = began.elapsed().as_micros(), "step done");
            running.step(index, StepState::Success, leftovers.first().cloned());
            Ok(leftovers)
        }
        Err(error) => {
            let said = error.detail.as_deref().unwrap_or(&error.message);
            running.step(index, StepState::Failed, Some(said.to_owned()));
            Err(error)
        }
    }
}

/// Takes back the first `begun` of `changes`, last first, each as far as it goes. Returns what could not be taken back.
pub(crate) async fn take_back(d: &Daemon, work: &Work, changes: &[Change], begun: usize, running: &Running) -> Vec<OperationError> {
    let mut errors = Vec::new();
    for (index, change) in changes[..begun].iter().enumerate().rev() {
        let opposites = change.opposite();
        let before = errors.len();
        for opposite in &opposites {
            let mut done = apply(d, work, opposite, false).await;
            if let Err(error) = &done
                && matches!(error.code, ErrorCode::DiskFull | ErrorCode::DiskError)
            {
                // What a disk refuses once it may take the next time, with the room that was kept for this.
                if error.code == ErrorCode::DiskFull {
                    d.reserve.release().await;
                }
                done = apply(d, work, opposite, false).await;
            }
            if let Err(error) = done {
                tracing::error!(account = %work.owner.username, step = opposite.step().name(), %error, detail = error.detail, "could not be undone");
                errors.push(error);
            }
        }
        if errors.len() == before && !opposites.is_empty() {
            running.step(index, StepState::Undone, None);
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_types::Shell;

    #[test]
    fn only_neighbours_that_do_not_need_each_other_run_together() {
        let envelope = nusantara_plan::change::Envelope { cpu_percent: 1, memory_mb: 1, tasks: 1, io_mb_s: 1 };
        let changes = [
            Change::UserCreate { shell: Shell::Nologin },
            Change::SliceSet { before: None, after: envelope },
            Change::WebPublish { before: None, after: String::new(), new_logs: true },
            Change::WebWithdraw,
            Change::ProcessesEnd,
            Change::HomeEmpty,
        ];
        assert_eq!(stages(&changes), [0..2, 2..3, 3..4, 4..5, 5..6]);
    }
}
