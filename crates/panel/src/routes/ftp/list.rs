//! The FTP logins of an account and how one connects.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::ftp::{FtpList, FtpLogin};
use nusantara_types::{FtpAccount, Username};

/// FTP's own port (RFC 959); TLS begins with `AUTH TLS` (RFC 4217).
const PORT: u16 = 21;

/// The FTP logins of an account, in order of name, and how one connects.
#[utoipa::path(
    get,
    path = "/accounts/{username}/ftp",
    operation_id = "ftp_list",
    tag = "ftp",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "All its logins", body = FtpList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<FtpList>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let spec = app.host.account(&caller.actor, account.username).await?.spec;
    let host = app.host.description().await?;
    let service = spec.services.ftp;
    let view = |login: &FtpAccount| FtpLogin {
        name: login.name.to_string(),
        login: login.name.login(&username),
        folder: login.folder.to_string(),
        enabled: service.enabled && login.enabled,
    };
    let mut items: Vec<FtpLogin> = service.accounts.iter().map(view).collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(FtpList { available: host.ftp, host: host.hostname.clone(), port: PORT, most: spec.limits.max_ftp_accounts, items }))
}
