//! Databases of accounts and their users. Passwords come in and never go out again.

use nusantara_types::databases::{DatabaseGrant, DatabaseRights as Rights};
use nusantara_types::{DatabaseName, DatabaseUserName, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/accounts/{username}/databases`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DatabaseOverview {
    /// Whether this host has MariaDB; without it no database can be made.
    pub available: bool,
    /// The server's version; absent when it does not answer.
    pub server: Option<String>,
    /// The host that programs of the account connect to: this one, through the server's socket.
    pub host: String,
    /// What the names of new databases and users begin with.
    pub prefix: String,
    /// How many databases the account may have.
    pub most_databases: u32,
    /// How many database users it may have.
    pub most_users: u32,
    /// The databases, in order of name.
    pub databases: Vec<DatabaseView>,
    /// The users, in order of name.
    pub users: Vec<DatabaseUserView>,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DatabaseView {
    /// Its name.
    pub name: String,
    /// Bytes of its tables and their indices, as the server estimates them; absent when it cannot be asked, or has no such database.
    pub bytes: Option<u64>,
    /// How many tables and views it has; likewise.
    pub tables: Option<u64>,
}

/// A database user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DatabaseUserView {
    /// Its name.
    pub name: String,
    /// What it may do, in order of database; nothing elsewhere.
    pub grants: Vec<DatabaseGrantView>,
}

/// What a user may do in a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseGrantView {
    /// The database.
    #[schema(example = "joko_shop")]
    pub database: String,
    /// What it may do there.
    pub rights: DatabaseRights,
}

/// What a user may do in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseRights {
    /// Look at tables and views.
    Read,
    /// Everything that a program needs of a database of its own.
    Full,
}

impl From<Rights> for DatabaseRights {
    fn from(rights: Rights) -> Self {
        match rights {
            Rights::Read => Self::Read,
            Rights::Full => Self::Full,
        }
    }
}

/// `POST /api/v1/accounts/{username}/databases`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddDatabase {
    /// Its name: the account's, an underscore, and up to 43 lower-case letters, digits and underscores; at most 48 characters in all.
    #[schema(value_type = String, example = "joko_shop")]
    pub name: DatabaseName,
}

/// `POST /api/v1/accounts/{username}/database-users`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddDatabaseUser {
    /// Its name, made like that of a database.
    #[schema(value_type = String, example = "joko_app")]
    pub name: DatabaseUserName,
    /// Its password, 12 to 128 characters.
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 128)]
    pub password: Secret,
    /// What it may do, each database of the account once.
    #[serde(default)]
    #[schema(value_type = Vec<DatabaseGrantView>)]
    pub grants: Vec<DatabaseGrant>,
}

/// `PUT /api/v1/accounts/{username}/database-users/{name}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateDatabaseUser {
    /// What it may do from now on, each database of the account once.
    #[schema(value_type = Vec<DatabaseGrantView>)]
    pub grants: Vec<DatabaseGrant>,
}

/// `PUT /api/v1/accounts/{username}/database-users/{name}/password`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDatabasePassword {
    /// Its new password, 12 to 128 characters.
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 128)]
    pub password: Secret,
}
