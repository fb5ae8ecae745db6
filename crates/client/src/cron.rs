//! Cron jobs of accounts.

use crate::{Client, Error};
use nusantara_api::cron::{
    CreateCronJob, CronJobList, CronOutput, CronOutputQuery, CronPreview, CronPreviewQuery, CronRun, CronRunList, PutCronJob,
};
use nusantara_api::jobs::JobAccepted;
use nusantara_types::{CronJobName, RequestId, Username};
use serde_json::json;

impl Client {
    /// `GET /api/v1/accounts/{username}/cron`: all of them, in order of name, and how many there may be.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn cron_list(&self, username: &Username) -> Result<CronJobList, Error> {
        self.get(&["api", "v1", "accounts", username.as_str(), "cron"]).await
    }

    /// `POST /api/v1/accounts/{username}/cron`. The same `key` sent again does not make it twice.
    ///
    /// # Errors
    /// [`Error`]; `name_taken`, `limit_reached`.
    pub async fn cron_create(&self, username: &Username, request: &CreateCronJob, key: RequestId) -> Result<JobAccepted, Error> {
        self.create(&["api", "v1", "accounts", username.as_str(), "cron"], request, key).await
    }

    /// `PUT /api/v1/accounts/{username}/cron/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such job.
    pub async fn cron_put(&self, username: &Username, name: &CronJobName, request: &PutCronJob) -> Result<JobAccepted, Error> {
        self.put(&["api", "v1", "accounts", username.as_str(), "cron", name.as_str()], request).await
    }

    /// `DELETE /api/v1/accounts/{username}/cron/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such job.
    pub async fn cron_delete(&self, username: &Username, name: &CronJobName) -> Result<JobAccepted, Error> {
        self.delete(&["api", "v1", "accounts", username.as_str(), "cron", name.as_str()]).await
    }

    /// `POST /api/v1/accounts/{username}/cron/{name}/run`. The same `key` sent again does not run it twice.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such job.
    pub async fn cron_run(&self, username: &Username, name: &CronJobName, key: RequestId) -> Result<JobAccepted, Error> {
        self.create(&["api", "v1", "accounts", username.as_str(), "cron", name.as_str(), "run"], &json!({}), key).await
    }

    /// `GET /api/v1/accounts/{username}/cron/{name}/runs`: the last ones, latest first.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such job.
    pub async fn cron_runs(&self, username: &Username, name: &CronJobName) -> Result<Vec<CronRun>, Error> {
        let list: CronRunList = self.get(&["api", "v1", "accounts", username.as_str(), "cron", name.as_str(), "runs"]).await?;
        Ok(list.items)
    }

    /// `GET /api/v1/accounts/{username}/cron/{name}/output`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such job.
    pub async fn cron_output(&self, username: &Username, name: &CronJobName, query: &CronOutputQuery) -> Result<CronOutput, Error> {
        self.get_with(&["api", "v1", "accounts", username.as_str(), "cron", name.as_str(), "output"], query).await
    }

    /// `GET /api/v1/cron/preview`.
    ///
    /// # Errors
    /// [`Error`]; `host_unavailable` while the host daemon does not answer.
    pub async fn cron_preview(&self, query: &CronPreviewQuery) -> Result<CronPreview, Error> {
        self.get_with(&["api", "v1", "cron", "preview"], query).await
    }
}
