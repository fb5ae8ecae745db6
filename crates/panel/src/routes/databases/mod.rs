//! Databases of accounts and their users.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod user_create;
pub(crate) mod user_delete;
pub(crate) mod user_password;
pub(crate) mod user_update;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::{ApiError, ApiResult};
use nusantara_api::ProblemCode;
use nusantara_types::databases::{DatabaseGrant, DatabaseHash, DatabaseServer};
use nusantara_types::{Secret, Username};

/// The databases and users of an account that the caller may see. Asked first: whoever may not see it does not make us hash.
async fn server(app: &App, caller: &Caller, username: &Username) -> ApiResult<DatabaseServer> {
    let account = app.store.account_get(caller.scope(), username).await?.ok_or_else(ApiError::not_found)?;
    Ok(app.host.account(&caller.actor, account.username).await?.spec.services.databases.mariadb)
}

/// What the server is to keep of a password that is being set.
fn hashed(app: &App, password: &Secret) -> ApiResult<DatabaseHash> {
    let refused = || ApiError::invalid("password", "use 12 to 128 characters, without control characters");
    app.passwords.hash_for_database(password).ok_or_else(refused)
}

/// Every database that is named is one of the account's.
fn known(server: &DatabaseServer, grants: &[DatabaseGrant]) -> ApiResult<()> {
    match grants.iter().find(|grant| !server.has(&grant.database)) {
        None => Ok(()),
        Some(grant) => Err(ApiError::invalid("grants", format!("this account has no database named {}", grant.database))),
    }
}

/// A new name begins with the account's.
fn own(username: &Username, is_of: bool) -> ApiResult<()> {
    if is_of { Ok(()) } else { Err(ApiError::invalid("name", format!("begin the name with {username}_"))) }
}

/// The host has a database server.
async fn available(app: &App) -> ApiResult<()> {
    if app.host.description().await?.mariadb {
        return Ok(());
    }
    let detail = "MariaDB is not installed on this host. Its administrator can install it with: apt install mariadb-server";
    Err(ApiError::new(ProblemCode::DatabaseServerMissing, detail))
}
