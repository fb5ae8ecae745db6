//! Accounts.

use crate::{Client, Error};
use nusantara_api::accounts::{
    Account, AccountAccepted, AccountDetail, CreateAccount, DeleteAccountQuery, PlanQuery, PlanView, RenameAccount, SetPrimaryDomain,
    SuspendAccount, UpdateAccount,
};
use nusantara_api::jobs::JobAccepted;
use nusantara_api::last_copies::LastCopyList;
use nusantara_api::{Page, PageQuery};
use nusantara_types::{RequestId, Secret, Username};
use secrecy::ExposeSecret;
use serde_json::json;

const ACCOUNTS: [&str; 3] = ["api", "v1", "accounts"];

fn account(username: &Username) -> [&str; 4] {
    ["api", "v1", "accounts", username.as_str()]
}

impl Client {
    /// `POST /api/v1/accounts`. The same `key` sent again does not make a second account.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when the name or the domain is in use.
    pub async fn account_create(&self, request: &CreateAccount, key: RequestId) -> Result<AccountAccepted, Error> {
        self.create(&ACCOUNTS, request, key).await
    }

    /// `GET /api/v1/accounts`: one page, in order of name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn account_page(&self, query: &PageQuery) -> Result<Page<Account>, Error> {
        self.get_with(&ACCOUNTS, query).await
    }

    /// The first `limit` accounts, in order of name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn account_list(&self, limit: usize) -> Result<Vec<Account>, Error> {
        self.collect(limit, async |cursor, limit| self.account_page(&PageQuery { cursor, limit: Some(limit) }).await).await
    }

    /// `GET /api/v1/accounts/{username}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is none.
    pub async fn account_show(&self, username: &Username) -> Result<AccountDetail, Error> {
        self.get(&account(username)).await
    }

    /// `GET /api/v1/accounts/{username}/plan`: what would change, without changing it.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn account_plan(&self, username: &Username, query: &PlanQuery) -> Result<PlanView, Error> {
        let [api, v1, accounts, name] = account(username);
        self.get_with(&[api, v1, accounts, name, "plan"], query).await
    }

    /// `DELETE /api/v1/accounts/{username}`, with or without a last copy.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change is under way.
    pub async fn account_delete(&self, username: &Username, query: &DeleteAccountQuery) -> Result<AccountAccepted, Error> {
        self.delete_with(&account(username), query).await
    }

    /// `GET /api/v1/last-copies`: what is kept of deleted accounts, newest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn last_copy_list(&self) -> Result<LastCopyList, Error> {
        self.get(&["api", "v1", "last-copies"]).await
    }

    /// `PATCH /api/v1/accounts/{username}`: what is left out stays.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change is under way.
    pub async fn account_update(&self, username: &Username, request: &UpdateAccount) -> Result<JobAccepted, Error> {
        self.patch(&account(username), request).await
    }

    /// `PUT /api/v1/accounts/{username}/password`.
    ///
    /// # Errors
    /// [`Error`]; `account_suspended` while it is.
    pub async fn account_password_set(&self, username: &Username, password: &Secret) -> Result<(), Error> {
        let [api, v1, accounts, name] = account(username);
        // The request type has no Serialize, so that a password cannot be written anywhere by accident.
        self.put_silently(&[api, v1, accounts, name, "password"], &json!({ "password": password.expose_secret() })).await
    }

    /// `DELETE /api/v1/accounts/{username}/password`: then nobody logs in by one.
    ///
    /// # Errors
    /// [`Error`]; `account_suspended` while it is.
    pub async fn account_password_remove(&self, username: &Username) -> Result<(), Error> {
        let [api, v1, accounts, name] = account(username);
        self.delete_silently(&[api, v1, accounts, name, "password"]).await
    }

    /// `POST /api/v1/accounts/{username}/suspend`.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change is under way.
    pub async fn account_suspend(&self, username: &Username, request: &SuspendAccount) -> Result<JobAccepted, Error> {
        let [api, v1, accounts, name] = account(username);
        self.post(&[api, v1, accounts, name, "suspend"], request).await
    }

    /// `POST /api/v1/accounts/{username}/rename`.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change is under way, `name_taken` when the name is.
    pub async fn account_rename(&self, username: &Username, request: &RenameAccount) -> Result<JobAccepted, Error> {
        let [api, v1, accounts, name] = account(username);
        self.post(&[api, v1, accounts, name, "rename"], request).await
    }

    /// `PUT /api/v1/accounts/{username}/primary-domain`.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change is under way, `name_taken` when the name is another account's.
    pub async fn account_primary_domain(&self, username: &Username, request: &SetPrimaryDomain) -> Result<JobAccepted, Error> {
        let [api, v1, accounts, name] = account(username);
        self.put(&[api, v1, accounts, name, "primary-domain"], request).await
    }

    /// `POST /api/v1/accounts/{username}/unsuspend`.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change is under way.
    pub async fn account_unsuspend(&self, username: &Username) -> Result<JobAccepted, Error> {
        let [api, v1, accounts, name] = account(username);
        self.post(&[api, v1, accounts, name, "unsuspend"], &json!({})).await
    }
}
