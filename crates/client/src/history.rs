//! The past of an account's spec, and going back.

use crate::{Client, Error};
use nusantara_api::accounts::{AccountAccepted, PlanView};
use nusantara_api::documents::{AdoptAccount, ImportAccount};
use nusantara_api::history::{RevisionDiff, RevisionView, RollBack, RollbackPlanQuery};
use nusantara_api::jobs::JobAccepted;
use nusantara_api::{Page, PageQuery};
use nusantara_types::{RevisionName, SpecDocument, Username};

impl Client {
    /// `GET /api/v1/accounts/{username}/revisions`: the latest `limit`, newest first.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn revision_list(&self, username: &Username, limit: usize) -> Result<Vec<RevisionView>, Error> {
        let path = ["api", "v1", "accounts", username.as_str(), "revisions"];
        let page = async |cursor, limit| -> Result<Page<RevisionView>, Error> {
            self.get_with(&path, &PageQuery { cursor, limit: Some(limit) }).await
        };
        self.collect(limit, page).await
    }

    /// `GET /api/v1/accounts/{username}/revisions/{from}/diff/{to}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account or revision.
    pub async fn revision_diff(&self, username: &Username, from: &RevisionName, to: &RevisionName) -> Result<RevisionDiff, Error> {
        let (from, to) = (from.to_string(), to.to_string());
        self.get(&["api", "v1", "accounts", username.as_str(), "revisions", &from, "diff", &to]).await
    }

    /// `GET /api/v1/accounts/{username}/revisions/{revision}/plan`: what going back would change, without changing it.
    ///
    /// # Errors
    /// [`Error`]; `validation_failed` when there is no such revision.
    pub async fn rollback_plan(&self, username: &Username, request: &RollBack) -> Result<PlanView, Error> {
        let revision = request.revision.to_string();
        let query = RollbackPlanQuery { allow_below_foreign: request.allow_below_foreign };
        self.get_with(&["api", "v1", "accounts", username.as_str(), "revisions", &revision, "plan"], &query).await
    }

    /// `POST /api/v1/accounts/{username}/rollback`.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when another account has one of the names by now.
    pub async fn account_rollback(&self, username: &Username, request: &RollBack) -> Result<JobAccepted, Error> {
        self.post(&["api", "v1", "accounts", username.as_str(), "rollback"], request).await
    }

    /// `GET /api/v1/accounts/{username}/export`: its six files as one document.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn account_export(&self, username: &Username) -> Result<SpecDocument, Error> {
        self.get(&["api", "v1", "accounts", username.as_str(), "export"]).await
    }

    /// `POST /api/v1/accounts/import/plan`: what importing a document would change, without changing it.
    ///
    /// # Errors
    /// [`Error`]; `validation_failed` with the file and the field.
    pub async fn account_import_plan(&self, request: &ImportAccount) -> Result<PlanView, Error> {
        self.post(&["api", "v1", "accounts", "import", "plan"], request).await
    }

    /// `POST /api/v1/accounts/import`.
    ///
    /// # Errors
    /// As for the plan.
    pub async fn account_import(&self, request: &ImportAccount) -> Result<AccountAccepted, Error> {
        self.post(&["api", "v1", "accounts", "import"], request).await
    }

    /// `POST /api/v1/accounts/{username}/adopt/plan`: what adopting a tree would change, without changing it.
    ///
    /// # Errors
    /// [`Error`]; `validation_failed` with the file, the field and the line; `not_found` when there is no such tree.
    pub async fn account_adopt_plan(&self, username: &Username, request: &AdoptAccount) -> Result<PlanView, Error> {
        self.post(&["api", "v1", "accounts", username.as_str(), "adopt", "plan"], request).await
    }

    /// `POST /api/v1/accounts/{username}/adopt`.
    ///
    /// # Errors
    /// As for the plan.
    pub async fn account_adopt(&self, username: &Username, request: &AdoptAccount) -> Result<AccountAccepted, Error> {
        self.post(&["api", "v1", "accounts", username.as_str(), "adopt"], request).await
    }
}
