//! Jobs.

use crate::{Client, Error};
use futures_util::StreamExt;
use nusantara_api::Page;
use nusantara_api::jobs::{Job, JobQuery};
use nusantara_types::JobId;

const JOBS: [&str; 3] = ["api", "v1", "jobs"];

impl Client {
    /// `GET /api/v1/jobs`: one page, newest first, without steps.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn job_page(&self, query: &JobQuery) -> Result<Page<Job>, Error> {
        self.get_with(&JOBS, query).await
    }

    /// The newest `limit` jobs that `filter` lets through; its cursor and limit are not looked at.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn job_list(&self, filter: &JobQuery, limit: usize) -> Result<Vec<Job>, Error> {
        self.collect(limit, async |cursor, limit| self.job_page(&JobQuery { cursor, limit: Some(limit), ..filter.clone() }).await).await
    }

    /// `GET /api/v1/jobs/{id}`, with its steps.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is none.
    pub async fn job_show(&self, id: JobId) -> Result<Job, Error> {
        self.get(&["api", "v1", "jobs", &id.to_string()]).await
    }

    /// `POST /api/v1/jobs/{id}/cancel`.
    ///
    /// # Errors
    /// [`Error`]; `job_unstoppable` when it has begun and is done as a whole.
    pub async fn job_cancel(&self, id: JobId) -> Result<Job, Error> {
        self.post(&["api", "v1", "jobs", &id.to_string(), "cancel"], &serde_json::json!({})).await
    }

    /// Follows a job to its end, handing every state it is seen in to `seen`.
    ///
    /// # Errors
    /// [`Error`] when the panel stays away for too long, or there is no such job. A failed job is no error here.
    pub async fn job_wait(&self, id: JobId, mut seen: impl FnMut(&Job)) -> Result<Job, Error> {
        let mut states = std::pin::pin!(self.job_events(id));
        let mut last = None;
        while let Some(job) = states.next().await {
            let job = job?;
            seen(&job);
            last = Some(job);
        }
        last.ok_or_else(|| Error::Lost("the job's event stream was empty".to_owned()))
    }
}
