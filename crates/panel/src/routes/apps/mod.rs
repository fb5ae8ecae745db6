//! Apps of an account.

pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod logs;
pub(crate) mod put;
pub(crate) mod restart;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::{ApiError, ApiResult};
use nusantara_types::{AppName, Username};

/// The caller may see the account, and it has the app.
async fn exists(app: &App, caller: &Caller, username: &Username, name: &AppName) -> ApiResult<()> {
    let account = app.store.account_get(caller.scope(), username).await?.ok_or_else(ApiError::not_found)?;
    let state = app.host.account(&caller.actor, account.username).await?;
    let known = state.spec.services.nodejs.apps.iter().any(|app| app.name == *name);
    known.then_some(()).ok_or_else(ApiError::not_found)
}
