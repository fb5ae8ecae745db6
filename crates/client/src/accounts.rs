//! Accounts.

use crate::{Client, Error};
use nusantara_api::accounts::{Account, AccountAccepted, AccountDetail, CreateAccount, PlanIntent, PlanQuery, PlanView};
use nusantara_api::{Page, PageQuery};
use nusantara_types::{RequestId, Username};

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
    pub async fn account_plan(&self, username: &Username, intent: PlanIntent) -> Result<PlanView, Error> {
        let [api, v1, accounts, name] = account(username);
        self.get_with(&[api, v1, accounts, name, "plan"], &PlanQuery { intent }).await
    }

    /// `DELETE /api/v1/accounts/{username}`.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change is under way.
    pub async fn account_delete(&self, username: &Username) -> Result<AccountAccepted, Error> {
        self.delete(&account(username)).await
    }
}
