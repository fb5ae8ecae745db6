//! FTP logins of accounts.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod update;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::{ApiError, ApiResult};
use nusantara_types::sites::VisitorHash;
use nusantara_types::{FtpName, FtpService, Secret, Username};

/// The FTP logins of an account that the caller may see. Asked first: whoever may not see it does not make us hash.
async fn logins(app: &App, caller: &Caller, username: &Username) -> ApiResult<FtpService> {
    let account = app.store.account_get(caller.scope(), username).await?.ok_or_else(ApiError::not_found)?;
    Ok(app.host.account(&caller.actor, account.username).await?.spec.services.ftp)
}

fn has(service: &FtpService, name: &FtpName) -> bool {
    service.accounts.iter().any(|login| login.name == *name)
}

/// The hash of a password that is being set.
async fn hashed(app: &App, password: Secret) -> ApiResult<VisitorHash> {
    let refused = || ApiError::invalid("password", "use 8 to 128 characters, without control characters");
    app.passwords.hash_for_visitor(password).await?.ok_or_else(refused)
}

/// The host has an FTP server.
async fn available(app: &App) -> ApiResult<()> {
    if app.host.description().await?.ftp {
        return Ok(());
    }
    Err(ApiError::invalid("account", "the FTP server is not installed on this host; install it with: apt install pure-ftpd"))
}
