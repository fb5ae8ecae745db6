//! What all changes of an account's things have in common: a job that is taken, or followed to its end.

use crate::context::Context;
use crate::failure::Failure;
use crate::show::{Line, Style};
use crate::wait;
use nusantara_client::api::jobs::{Job, JobAccepted};
use nusantara_client::types::JobId;
use serde::Serialize;

/// What is said at each point of a change.
pub(crate) struct Words {
    pub(crate) begun: String,
    pub(crate) doing: String,
    pub(crate) done: String,
}

/// The document of a change that was waited for.
#[derive(Debug, Serialize)]
struct Ended<'a> {
    job: &'a Job,
}

/// Reports what was accepted, or follows it.
pub(crate) async fn end(accepted: &JobAccepted, wait: bool, words: &Words, context: &Context) -> Result<(), Failure> {
    if !wait {
        return context.result(accepted, |page| {
            page.line(words.begun.as_str());
            page.line(Line::new(Style::Dim, &format!("Follow it with: nusantara job follow {}", accepted.job.id)));
        });
    }
    let job = context.follow(JobId(accepted.job.id), &words.doing).await?;
    let now = wait::succeeded(&job);
    if now.is_ok() || context.json {
        context.result(&Ended { job: &job }, |page| page.line(words.done.as_str()))?;
    }
    now
}
