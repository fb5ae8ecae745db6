//! What is not as it should be, and what puts it right.

use crate::{Client, Error};
use nusantara_api::PageQuery;
use nusantara_api::drift::{AdoptDrift, DriftOverview, DriftReport, DriftedAccount, PlanPage, PlanSummary, PlannedAccount};
use nusantara_api::jobs::JobAccepted;
use nusantara_types::Username;
use serde_json::json;

const DRIFT: [&str; 3] = ["api", "v1", "drift"];

fn of<'a>(username: &'a Username, what: &'a str) -> [&'a str; 5] {
    ["api", "v1", "accounts", username.as_str(), what]
}

impl Client {
    /// `POST /api/v1/accounts/{username}/converge`.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while it is being made or removed.
    pub async fn account_converge(&self, username: &Username) -> Result<JobAccepted, Error> {
        self.post(&of(username, "converge"), &json!({})).await
    }

    /// `POST /api/v1/converge`: all accounts, and what they share.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn converge_all(&self) -> Result<JobAccepted, Error> {
        self.post(&["api", "v1", "converge"], &json!({})).await
    }

    /// `GET /api/v1/plan`: counts over all accounts, and those that a converge would change.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn plan_all(&self) -> Result<(PlanSummary, Vec<PlannedAccount>), Error> {
        let (mut summary, mut all, mut cursor) = (PlanSummary::default(), Vec::new(), None);
        loop {
            let page: PlanPage = self.get_with(&["api", "v1", "plan"], &PageQuery { cursor, limit: Some(200) }).await?;
            summary = page.summary.unwrap_or(summary);
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok((summary, all));
            }
        }
    }

    /// `GET /api/v1/accounts/{username}/drift`: as it is now.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn drift_show(&self, username: &Username) -> Result<DriftReport, Error> {
        self.get(&of(username, "drift")).await
    }

    /// `POST /api/v1/drift/look`, and then all that was found.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn drift_look(&self) -> Result<DriftOverview, Error> {
        let [api, v1, drift] = DRIFT;
        let mut overview: DriftOverview = self.post(&[api, v1, drift, "look"], &json!({})).await?;
        let mut all: Vec<DriftedAccount> = std::mem::take(&mut overview.items);
        while let Some(cursor) = overview.next_cursor.take() {
            let page: DriftOverview = self.get_with(&DRIFT, &PageQuery { cursor: Some(cursor), limit: Some(200) }).await?;
            all.extend(page.items);
            overview.next_cursor = page.next_cursor;
        }
        overview.items = all;
        Ok(overview)
    }

    /// `POST /api/v1/accounts/{username}/drift/adopt`.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while it is being made or removed.
    pub async fn drift_adopt(&self, username: &Username, request: &AdoptDrift) -> Result<JobAccepted, Error> {
        let [api, v1, accounts, name, drift] = of(username, "drift");
        self.post(&[api, v1, accounts, name, drift, "adopt"], request).await
    }

    /// `POST /api/v1/accounts/{username}/drift/overwrite`.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while it is being made or removed.
    pub async fn drift_overwrite(&self, username: &Username) -> Result<JobAccepted, Error> {
        let [api, v1, accounts, name, drift] = of(username, "drift");
        self.post(&[api, v1, accounts, name, drift, "overwrite"], &json!({})).await
    }
}
