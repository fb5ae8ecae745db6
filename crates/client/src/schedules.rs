//! Schedules of the panel.

use crate::{Client, Error};
use nusantara_api::Page;
use nusantara_api::PageQuery;
use nusantara_api::jobs::JobAccepted;
use nusantara_api::schedules::{CreateSchedule, PutSchedule, Schedule, ScheduleList, SchedulePreview, SchedulePreviewQuery, ScheduleRun};
use nusantara_types::ScheduleName;
use serde_json::json;

impl Client {
    /// `GET /api/v1/schedules`: all of them, by name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn schedule_list(&self) -> Result<ScheduleList, Error> {
        self.get(&["api", "v1", "schedules"]).await
    }

    /// `GET /api/v1/schedules/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is none.
    pub async fn schedule_show(&self, name: &ScheduleName) -> Result<Schedule, Error> {
        self.get(&["api", "v1", "schedules", name.as_str()]).await
    }

    /// `POST /api/v1/schedules`.
    ///
    /// # Errors
    /// [`Error`]; `name_taken`, `limit_reached`.
    pub async fn schedule_create(&self, request: &CreateSchedule) -> Result<Schedule, Error> {
        self.post(&["api", "v1", "schedules"], request).await
    }

    /// `PUT /api/v1/schedules/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is none.
    pub async fn schedule_put(&self, name: &ScheduleName, request: &PutSchedule) -> Result<Schedule, Error> {
        self.put(&["api", "v1", "schedules", name.as_str()], request).await
    }

    /// `DELETE /api/v1/schedules/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is none.
    pub async fn schedule_delete(&self, name: &ScheduleName) -> Result<(), Error> {
        self.delete_silently(&["api", "v1", "schedules", name.as_str()]).await
    }

    /// `POST /api/v1/schedules/{name}/run`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is none.
    pub async fn schedule_run(&self, name: &ScheduleName) -> Result<JobAccepted, Error> {
        self.post(&["api", "v1", "schedules", name.as_str(), "run"], &json!({})).await
    }

    /// `GET /api/v1/schedules/{name}/runs`: the last `limit`, the last first.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is none.
    pub async fn schedule_runs(&self, name: &ScheduleName, limit: usize) -> Result<Vec<ScheduleRun>, Error> {
        self.collect(limit, async |cursor, limit| {
            let query = PageQuery { cursor, limit: Some(limit) };
            let page: Page<ScheduleRun> = self.get_with(&["api", "v1", "schedules", name.as_str(), "runs"], &query).await?;
            Ok(page)
        })
        .await
    }

    /// `GET /api/v1/schedules/preview`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn schedule_preview(&self, query: &SchedulePreviewQuery) -> Result<SchedulePreview, Error> {
        self.get_with(&["api", "v1", "schedules", "preview"], query).await
    }
}
