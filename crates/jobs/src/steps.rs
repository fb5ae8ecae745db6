//! The steps of a running job, held in memory by its worker and written behind its back.

use crate::failpoints::{Failpoints, When};
use crate::watchers::Watchers;
use crate::writer::{Writer, write};
use nusantara_store::{Scope, StepRecord, StepState, Store};
use nusantara_types::{Clock, JobId, Timestamp};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The step that every job ends with: the index is written together with the job's end.
pub const FINAL_STEP: &str = "index.update";

/// Longest text of a step that is kept, in characters.
const LONGEST: usize = 4_000;

/// What of a job's steps is to be written.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// The list got shorter: rows from here on go.
    pub(crate) cut: Option<u32>,
    /// Rows to write, whole.
    pub(crate) rows: Vec<StepRecord>,
}

/// The steps of one job.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    steps: Vec<StepRecord>,
    dirty: BTreeSet<usize>,
    cut: bool,
}

impl Sheet {
    pub(crate) fn new(steps: Vec<StepRecord>) -> Self {
        Self { steps, ..Self::default() }
    }

    fn plan(&mut self, steps: impl IntoIterator<Item = (String, String)>) {
        let fresh: Vec<(String, String)> =
            steps.into_iter().chain([(FINAL_STEP.to_owned(), "Write the result into the panel's index".to_owned())]).collect();
        if self.steps.len() == fresh.len() && self.steps.iter().zip(&fresh).all(|(step, (name, _))| step.name == *name) {
            // The same list again: a resumed job is told what it knows, and keeps when things began.
            return;
        }
        self.cut = self.steps.len() > fresh.len();
        self.dirty = (0..fresh.len()).collect();
        let row = |(position, (name, summary)): (usize, (String, String))| StepRecord {
            position: u32::try_from(position).unwrap_or(u32::MAX),
            name: name.chars().take(64).collect(),
            summary: summary.chars().take(LONGEST).collect(),
            state: StepState::Pending,
            message: None,
            started_at: None,
            finished_at: None,
        };
        self.steps = fresh.into_iter().enumerate().map(row).collect();
    }

    fn set(&mut self, index: usize, state: StepState, message: Option<String>, now: Timestamp) {
        let Some(step) = self.steps.get_mut(index) else { return };
        let message = message.map(|m| m.chars().take(LONGEST).collect::<String>());
        if step.state == state && (message.is_none() || step.message == message) {
            return;
        }
        step.state = state;
        if message.is_some() {
            step.message = message;
        }
        match state {
            StepState::Pending => step.started_at = None,
            _ => _ = step.started_at.get_or_insert(now),
        }
        if matches!(state, StepState::Success | StepState::Failed | StepState::Undone) {
            step.finished_at = Some(now);
        }
        self.dirty.insert(index);
    }

    /// Brings the steps in line with how the job ended, for what nobody reported: after a crash the host daemon may have
    /// finished or undone the work without a listener.
    fn settle(&mut self, success: bool, undone: bool, now: Timestamp) {
        let last = self.steps.len().saturating_sub(1);
        for index in 0..self.steps.len() {
            let step = &self.steps[index];
            let to = match (success, step.state) {
                (true, StepState::Pending | StepState::Running) => StepState::Success,
                (false, StepState::Running) => StepState::Failed,
                (false, StepState::Success) if undone && index < last => StepState::Undone,
                _ => continue,
            };
            self.set(index, to, None, now);
        }
    }

    pub(crate) fn take(&mut self) -> Pending {
        let dirty = std::mem::take(&mut self.dirty);
        let cut = std::mem::take(&mut self.cut).then(|| u32::try_from(self.steps.len()).unwrap_or(u32::MAX));
        Pending { cut, rows: dirty.into_iter().filter_map(|i| self.steps.get(i).cloned()).collect() }
    }

    /// Everything is to be written again: the last write failed.
    pub(crate) fn spoil(&mut self) {
        self.dirty = (0..self.steps.len()).collect();
        self.cut = true;
    }
}

/// Where a flow reports its steps. Reporting never waits: rows are written a few milliseconds later, many at once.
#[derive(Debug, Clone)]
pub struct Steps {
    pub(crate) job: JobId,
    kind: Arc<str>,
    pub(crate) sheet: Arc<Mutex<Sheet>>,
    writer: Arc<Writer>,
    clock: Arc<ClockBox>,
    failpoints: Failpoints,
    pub(crate) book: Book,
}

/// Where and as whom an attempt writes.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) store: Store,
    pub(crate) owner: Arc<str>,
    pub(crate) watchers: Arc<Watchers>,
    pub(crate) attempt: u32,
    pub(crate) stop: CancellationToken,
}

/// Somebody asked the job to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// A clock that can be held in something that prints itself.
pub(crate) struct ClockBox(pub(crate) Arc<dyn Clock>);

impl std::fmt::Debug for ClockBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Steps {
    pub(crate) fn new(
        job: JobId,
        kind: &str,
        sheet: Sheet,
        writer: Arc<Writer>,
        clock: Arc<dyn Clock>,
        failpoints: Failpoints,
        book: Book,
    ) -> Self {
        Self { job, kind: kind.into(), sheet: Arc::new(Mutex::new(sheet)), writer, clock: Arc::new(ClockBox(clock)), failpoints, book }
    }

    /// Begins a step that has an effect of its own: returns once the database has it written down that this attempt is about to take it.
    /// Where another process has taken the job over it never returns, and the attempt ends there.
    ///
    /// # Errors
    /// [`Stopped`] when the job is to stop before this step.
    pub async fn enter(&self, index: usize) -> Result<(), Stopped> {
        loop {
            self.set(index, StepState::Running, None);
            match write(std::slice::from_ref(self)).await {
                Ok(held) if held.is_empty() => {
                    self.book.stop.cancel();
                    // The attempt is dropped here.
                    std::future::pending::<()>().await;
                }
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(job = %self.job, %error, "a step waits for the database");
                    self.sheet().spoil();
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
        match self.book.store.job_get(Scope::All, self.job).await {
            Ok(Some(job)) if job.cancel_at.is_some() => {
                self.set(index, StepState::Pending, None);
                Err(Stopped)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn sheet(&self) -> MutexGuard<'_, Sheet> {
        self.sheet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which steps will come, as name and summary, in order. The final step is added by itself.
    pub fn plan(&self, steps: impl IntoIterator<Item = (String, String)>) {
        self.failpoints.reach(&self.kind, "plan", When::Before);
        self.sheet().plan(steps);
        self.writer.wrote(self);
        self.failpoints.reach(&self.kind, "plan", When::After);
    }

    /// Says that a step changed its state. A message replaces the one before; none leaves it.
    pub fn set(&self, index: usize, state: StepState, message: Option<String>) {
        let name = self.sheet().steps.get(index).map(|step| step.name.clone()).unwrap_or_default();
        if state == StepState::Running {
            self.failpoints.reach(&self.kind, &name, When::Before);
        }
        self.sheet().set(index, state, message, self.clock.0.now());
        self.writer.wrote(self);
        if state == StepState::Success {
            self.failpoints.reach(&self.kind, &name, When::After);
        }
    }

    /// A point of the flow's own where a crash test may end the process.
    pub async fn reach(&self, point: &str, when: When) {
        self.failpoints.reach_early(&self.kind, point, when).await;
    }

    /// What is left to write at the job's end, with unreported steps settled.
    pub(crate) fn settled(&self, success: bool, undone: bool) -> Pending {
        let now = self.clock.0.now();
        let mut sheet = self.sheet();
        if sheet.steps.is_empty() {
            sheet.plan([]);
        }
        sheet.settle(success, undone, now);
        sheet.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u32) -> Timestamp {
        format!("2026-11-20T10:00:{second:02}Z").parse().unwrap()
    }

    fn states(sheet: &Sheet) -> Vec<&'static str> {
        sheet.steps.iter().map(|s| s.state.as_str()).collect()
    }

    fn planned() -> Sheet {
        let mut sheet = Sheet::default();
        sheet.plan(["a", "b"].map(|n| (n.to_owned(), n.to_uppercase())));
        sheet
    }

    #[test]
    fn a_burst_becomes_one_row_per_step() {
        let mut sheet = planned();
        assert_eq!(sheet.take().rows.len(), 3, "two and the final one");
        sheet.set(0, StepState::Running, None, at(1));
        sheet.set(0, StepState::Success, Some("made".into()), at(2));
        sheet.set(1, StepState::Running, None, at(2));
        let rows = sheet.take().rows;
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].started_at, rows[0].finished_at), (Some(at(1)), Some(at(2))));
        assert!(sheet.take().rows.is_empty());
    }

    #[test]
    fn the_same_plan_again_changes_nothing_and_another_replaces_it() {
        let mut sheet = planned();
        sheet.set(0, StepState::Running, None, at(1));
        sheet.take();
        sheet.plan(["a", "b"].map(|n| (n.to_owned(), String::new())));
        assert!(sheet.take().rows.is_empty());
        sheet.plan([("c".to_owned(), String::new())]);
        let pending = sheet.take();
        assert_eq!((pending.cut, pending.rows.len()), (Some(2), 2));
        assert_eq!(states(&sheet), ["pending", "pending"]);
    }

    #[test]
    fn unreported_steps_follow_the_end() {
        let mut sheet = planned();
        sheet.set(0, StepState::Success, None, at(1));
        sheet.set(1, StepState::Running, None, at(1));
        sheet.settle(false, true, at(2));
        assert_eq!(states(&sheet), ["undone", "failed", "pending"]);
        let mut sheet = planned();
        sheet.set(0, StepState::Running, None, at(1));
        sheet.settle(true, false, at(2));
        assert_eq!(states(&sheet), ["success", "success", "success"]);
        sheet.set(9, StepState::Running, None, at(3));
    }
}
