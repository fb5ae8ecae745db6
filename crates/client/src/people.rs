//! Logins, roles, members of accounts, tokens, networks, rescue.

use crate::{Client, Error};
use nusantara_api::auth::{ApiTokenList, CreateApiToken, NewApiToken};
use nusantara_api::passkeys::PasskeyList;
use nusantara_api::people::{
    Access, AddMember, AddedMember, CreateUser, InvitedUser, MemberList, PasswordLink, PutAccess, PutRole, Rescue, Rescued, Role, RoleList,
    UpdateMember, UpdateUser, User,
};
use nusantara_api::{Page, PageQuery};
use nusantara_types::{PasskeyId, RoleName, Username};
use reqwest::Method;

impl Client {
    /// `GET /api/v1/users`: the first `limit` logins, in order of name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn user_list(&self, limit: usize) -> Result<Vec<User>, Error> {
        let page = async |cursor, limit| -> Result<Page<User>, Error> {
            self.get_with(&["api", "v1", "users"], &PageQuery { cursor, limit: Some(limit) }).await
        };
        self.collect(limit, page).await
    }

    /// `GET /api/v1/users/{username}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such login.
    pub async fn user_show(&self, username: &str) -> Result<User, Error> {
        self.get(&["api", "v1", "users", username]).await
    }

    /// `POST /api/v1/users`.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when there is such a login.
    pub async fn user_create(&self, request: &CreateUser) -> Result<InvitedUser, Error> {
        self.post(&["api", "v1", "users"], request).await
    }

    /// `PUT /api/v1/users/{username}`.
    ///
    /// # Errors
    /// [`Error`]; `last_admin` when nobody could administer the panel any more.
    pub async fn user_update(&self, username: &str, request: &UpdateUser) -> Result<User, Error> {
        self.put(&["api", "v1", "users", username], request).await
    }

    /// `POST /api/v1/users/{username}/second-factor/drop`.
    ///
    /// # Errors
    /// [`Error`]; `own_login` for the own one.
    pub async fn user_second_factor_drop(&self, username: &str) -> Result<User, Error> {
        self.post(&["api", "v1", "users", username, "second-factor", "drop"], &serde_json::json!({})).await
    }

    /// `DELETE /api/v1/users/{username}/second-factor/drop`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when nobody wants it to go.
    pub async fn user_second_factor_keep(&self, username: &str) -> Result<User, Error> {
        self.delete(&["api", "v1", "users", username, "second-factor", "drop"]).await
    }

    /// `DELETE /api/v1/users/{username}`.
    ///
    /// # Errors
    /// [`Error`]; `last_admin` when nobody could administer the panel any more.
    pub async fn user_delete(&self, username: &str) -> Result<(), Error> {
        self.delete_silently(&["api", "v1", "users", username]).await
    }

    /// `POST /api/v1/users/{username}/link`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such login.
    pub async fn user_link(&self, username: &str) -> Result<PasswordLink, Error> {
        self.answer(self.request(Method::POST, self.url(&["api", "v1", "users", username, "link"]))).await
    }

    /// `DELETE /api/v1/users/{username}/sessions`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such login.
    pub async fn user_sessions_end(&self, username: &str) -> Result<(), Error> {
        self.delete_silently(&["api", "v1", "users", username, "sessions"]).await
    }

    /// `GET /api/v1/users/{username}/passkeys`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such login.
    pub async fn user_passkey_list(&self, username: &str) -> Result<PasskeyList, Error> {
        self.get(&["api", "v1", "users", username, "passkeys"]).await
    }

    /// `DELETE /api/v1/users/{username}/passkeys/{id}`, as root on the host.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the login has no such passkey, and elsewhere.
    pub async fn user_passkey_remove(&self, username: &str, id: PasskeyId) -> Result<(), Error> {
        self.delete_silently(&["api", "v1", "users", username, "passkeys", &id.to_string()]).await
    }

    /// `GET /api/v1/roles`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn role_list(&self) -> Result<RoleList, Error> {
        self.get(&["api", "v1", "roles"]).await
    }

    /// `PUT /api/v1/roles/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` for a built-in one.
    pub async fn role_put(&self, name: &RoleName, request: &PutRole) -> Result<Role, Error> {
        self.put(&["api", "v1", "roles", name.as_str()], request).await
    }

    /// `DELETE /api/v1/roles/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `role_in_use` while a login has it.
    pub async fn role_delete(&self, name: &RoleName) -> Result<(), Error> {
        self.delete_silently(&["api", "v1", "roles", name.as_str()]).await
    }

    /// `GET /api/v1/accounts/{username}/members`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn member_list(&self, account: &Username) -> Result<MemberList, Error> {
        self.get(&["api", "v1", "accounts", account.as_str(), "members"]).await
    }

    /// `POST /api/v1/accounts/{username}/members`.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when the login has a part in it already.
    pub async fn member_add(&self, account: &Username, request: &AddMember) -> Result<AddedMember, Error> {
        self.post(&["api", "v1", "accounts", account.as_str(), "members"], request).await
    }

    /// `PUT /api/v1/accounts/{username}/members/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the login has no part in it.
    pub async fn member_update(&self, account: &Username, login: &str, request: &UpdateMember) -> Result<(), Error> {
        self.put_silently(&["api", "v1", "accounts", account.as_str(), "members", login], request).await
    }

    /// `DELETE /api/v1/accounts/{username}/members/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the login has no part in it.
    pub async fn member_remove(&self, account: &Username, login: &str) -> Result<(), Error> {
        self.delete_silently(&["api", "v1", "accounts", account.as_str(), "members", login]).await
    }

    /// `GET /api/v1/auth/tokens`, of the login whose session this client has.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn token_list(&self) -> Result<ApiTokenList, Error> {
        self.get(&["api", "v1", "auth", "tokens"]).await
    }

    /// `POST /api/v1/auth/tokens`.
    ///
    /// # Errors
    /// [`Error`]; `step_up_required` when the session has not proved for minutes who holds it.
    pub async fn token_create(&self, request: &CreateApiToken) -> Result<NewApiToken, Error> {
        self.post(&["api", "v1", "auth", "tokens"], request).await
    }

    /// `GET /api/v1/access`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn access_show(&self) -> Result<Access, Error> {
        self.get(&["api", "v1", "access"]).await
    }

    /// `PUT /api/v1/access`.
    ///
    /// # Errors
    /// [`Error`]; `validation_failed` when the caller would be locked out.
    pub async fn access_put(&self, request: &PutAccess) -> Result<Access, Error> {
        self.put(&["api", "v1", "access"], request).await
    }

    /// `POST /api/v1/rescue/{username}`, for root over the local socket only.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such login.
    pub async fn rescue(&self, username: &str, request: Rescue) -> Result<Rescued, Error> {
        self.post(&["api", "v1", "rescue", username], &request).await
    }
}
