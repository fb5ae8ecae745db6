//! Following a job to its end.

use crate::context::{Context, write_err};
use crate::failure::Failure;
use crate::show::progress::Progress;
use crate::show::{Line, Style};
use futures_util::StreamExt;
use nusantara_client::api::jobs::{Job, JobState};
use nusantara_client::types::JobId;
use std::pin::pin;
use std::time::Duration;
use tokio::signal;
use tokio::time::{MissedTickBehavior, interval};

/// How often running times move on.
const TICK: Duration = Duration::from_millis(500);

impl Context {
    /// Follows a job, showing its steps under `title` on standard error, and returns it in its final state, whatever that is.
    pub(crate) async fn follow(&self, id: JobId, title: &str) -> Result<Job, Failure> {
        // With --json only a person who watches gets to see progress.
        let shown = !self.json || self.err.live;
        if shown {
            self.aside(|page| page.line(Line::new(Style::Strong, title)));
        }
        let mut states = pin!(self.client.job_events(id));
        let mut progress = Progress::new(self.err);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut last: Option<Job> = None;
        loop {
            tokio::select! {
                state = states.next() => match state {
                    Some(job) => {
                        let job = job?;
                        if shown {
                            write_err(&progress.update(&job, self.now()));
                        }
                        last = Some(job);
                    }
                    None => break,
                },
                _ = tick.tick(), if shown && progress.ticks() => {
                    if let Some(job) = &last {
                        write_err(&progress.update(job, self.now()));
                    }
                }
                _ = signal::ctrl_c() => return Err(Failure::Interrupted(id.to_string())),
            }
        }
        last.ok_or_else(|| Failure::Local("The panel said nothing about the job.".to_owned()))
    }
}

/// The job when it went well.
pub(crate) fn succeeded(job: &Job) -> Result<(), Failure> {
    if job.state == JobState::Success { Ok(()) } else { Err(Failure::Job(Box::new(job.clone()))) }
}
