//! Databases of accounts and their users.

use crate::{Client, Error};
use nusantara_api::databases::{AddDatabase, AddDatabaseUser, DatabaseOverview, SetDatabasePassword, UpdateDatabaseUser};
use nusantara_api::jobs::JobAccepted;
use nusantara_types::{DatabaseName, DatabaseUserName, RequestId, Username};
use secrecy::ExposeSecret;
use serde_json::json;

impl Client {
    /// `GET /api/v1/accounts/{username}/databases`: databases and users, in order of name.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such account.
    pub async fn database_list(&self, username: &Username) -> Result<DatabaseOverview, Error> {
        self.get(&["api", "v1", "accounts", username.as_str(), "databases"]).await
    }

    /// `POST /api/v1/accounts/{username}/databases`. The same `key` sent again does not make a second job.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when the account has such a database, `database_server_missing` when the host has no server.
    pub async fn database_create(&self, username: &Username, request: &AddDatabase, key: RequestId) -> Result<JobAccepted, Error> {
        let body = json!({ "name": request.name });
        self.create(&["api", "v1", "accounts", username.as_str(), "databases"], &body, key).await
    }

    /// `DELETE /api/v1/accounts/{username}/databases/{name}`. All that is in it goes.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such database.
    pub async fn database_delete(&self, username: &Username, name: &DatabaseName) -> Result<JobAccepted, Error> {
        self.delete(&["api", "v1", "accounts", username.as_str(), "databases", name.as_str()]).await
    }

    /// `POST /api/v1/accounts/{username}/database-users`. The same `key` sent again does not make a second job.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when the account has such a user, `database_server_missing` when the host has no server.
    pub async fn database_user_create(&self, username: &Username, request: &AddDatabaseUser, key: RequestId) -> Result<JobAccepted, Error> {
        let AddDatabaseUser { name, password, grants } = request;
        let body = json!({ "name": name, "password": password.expose_secret(), "grants": grants });
        self.create(&["api", "v1", "accounts", username.as_str(), "database-users"], &body, key).await
    }

    /// `PUT /api/v1/accounts/{username}/database-users/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such user.
    pub async fn database_user_update(
        &self,
        username: &Username,
        name: &DatabaseUserName,
        request: &UpdateDatabaseUser,
    ) -> Result<JobAccepted, Error> {
        self.put(&["api", "v1", "accounts", username.as_str(), "database-users", name.as_str()], &request).await
    }

    /// `PUT /api/v1/accounts/{username}/database-users/{name}/password`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such user.
    pub async fn database_user_password(
        &self,
        username: &Username,
        name: &DatabaseUserName,
        request: &SetDatabasePassword,
    ) -> Result<JobAccepted, Error> {
        let body = json!({ "password": request.password.expose_secret() });
        self.put(&["api", "v1", "accounts", username.as_str(), "database-users", name.as_str(), "password"], &body).await
    }

    /// `DELETE /api/v1/accounts/{username}/database-users/{name}`. Databases stay.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when the account has no such user.
    pub async fn database_user_delete(&self, username: &Username, name: &DatabaseUserName) -> Result<JobAccepted, Error> {
        self.delete(&["api", "v1", "accounts", username.as_str(), "database-users", name.as_str()]).await
    }
}
