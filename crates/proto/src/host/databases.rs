//! Databases and their users.

use nusantara_types::databases::{DatabaseGrant, DatabaseHash};
use nusantara_types::{DatabaseName, DatabaseUserName, Username};
use serde::{Deserialize, Serialize};

/// Arguments of [`Operation::DatabaseUserPut`](super::Operation::DatabaseUserPut).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseUserPut {
    /// Whose.
    pub username: Username,
    /// Which.
    pub name: DatabaseUserName,
    /// What it may do; nothing elsewhere.
    pub grants: Vec<DatabaseGrant>,
    /// What the server is to keep of its password: of one that is new. Another one keeps the password it has. Left out where a request is
    /// written down.
    pub hash: Option<DatabaseHash>,
    /// Whether there must not be one of that name yet.
    pub new: bool,
}

/// Arguments of [`Operation::DatabasePassword`](super::Operation::DatabasePassword).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabasePassword {
    /// Whose.
    pub username: Username,
    /// Which.
    pub name: DatabaseUserName,
    /// What the server is to keep of its new password; left out where a request is written down.
    pub hash: Option<DatabaseHash>,
}

/// The databases of an account as the server has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseList {
    /// The server's version, such as `10.11.6-MariaDB-0+deb12u1`; absent when it does not answer or is not installed.
    pub server: Option<String>,
    /// Those of the spec, in order of name.
    pub databases: Vec<DatabaseState>,
}

/// A database as the server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseState {
    /// Its name.
    pub name: DatabaseName,
    /// Bytes of its tables and their indices, as the server estimates them; absent when there is no such database now, or no server.
    pub bytes: Option<u64>,
    /// How many tables and views it has; likewise.
    pub tables: Option<u64>,
}
