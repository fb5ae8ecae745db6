//! One account with its limits and sites.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use crate::host::HostError;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::accounts::{Account, AccountDetail};
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_store::{AccountRecord, AccountStatus, Scope, SiteFilter, SiteRecord};
use nusantara_types::Username;
use std::sync::Arc;

/// One account with its limits and sites.
#[utoipa::path(
    get,
    path = "/accounts/{username}",
    operation_id = "account_show",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "The account", body = AccountDetail), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<AccountDetail>> {
    let (scope, site_scope) = (caller.scope(), caller.scope_of(Permission::SiteRead));
    let read = async || read(&app, scope, site_scope, &username).await;
    let known = app.accounts.of(&app, (scope, site_scope, username.clone()), read).await?.ok_or_else(ApiError::not_found)?;
    let IndexedAccount { row, sites, drift_count } = &*known;
    let state = match app.host.account(&caller.actor, username).await {
        Ok(state) => Some(state),
        // Not there yet, or not any more; or the daemon is away for a moment, which is no reason to hide what is known.
        Err(HostError::Refused(OperationError { code: ErrorCode::NotFound, .. }) | HostError::Unavailable(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let (spec, login) = state.map_or((None, None), |state| (Some(state.spec), state.login));
    let suspension = spec.as_ref().and_then(|spec| spec.account.suspension.as_ref());
    let count = u32::try_from(sites.len()).unwrap_or(u32::MAX);
    let away = row.status == AccountStatus::Suspended;
    let view = |site: &SiteRecord| views::sites::site(site, &caller);
    Ok(Json(AccountDetail {
        account: Account { drift_count: *drift_count, ..views::accounts::account(row, count, &caller) },
        limits: spec.as_ref().map(|spec| views::packages::limits(&spec.limits)),
        sites: sites.iter().map(|site| if away { views::sites::suspended(view(site)) } else { view(site) }).collect(),
        shell: spec.as_ref().map(|spec| spec.account.shell.path().to_owned()),
        // While it is suspended the password is locked, and what counts is what it was before and will be again.
        has_password: suspension.map(|suspension| suspension.login).or(login).map(|login| !login.password_locked),
        suspended_at: suspension.map(|suspension| suspension.since),
        suspend_reason: suspension
            .and_then(|suspension| suspension.reason.as_ref())
            .filter(|_| caller.may_in(&row.username, Permission::AccountSuspend))
            .map(ToString::to_string),
        notes: spec.as_ref().filter(|_| caller.may_in(&row.username, Permission::AccountUpdate)).map(|spec| spec.meta.notes.clone()),
        last_login_ip: spec.as_ref().and_then(|spec| spec.account.last_login_ip).map(|ip| ip.to_string()),
        last_login_at: spec.as_ref().and_then(|spec| spec.account.last_login_at),
        aliases: spec.map(|spec| spec.domains.alias_domains.iter().map(ToString::to_string).collect()).unwrap_or_default(),
    }))
}

/// What the index has of an account.
#[derive(Debug)]
pub(crate) struct IndexedAccount {
    row: AccountRecord,
    sites: Vec<SiteRecord>,
    drift_count: u32,
}

async fn read(app: &App, scope: Scope, site_scope: Scope, username: &Username) -> ApiResult<Option<Arc<IndexedAccount>>> {
    let Some(row) = app.store.account_get(scope, username).await? else { return Ok(None) };
    let filter = SiteFilter { account: Some(username.clone()), ..SiteFilter::default() };
    // An account has at most a few hundred sites; a longer list has its own route with pages.
    let sites = app.store.site_list(site_scope, &filter, 500).await?;
    let drift_count = u32::try_from(app.store.drift_of(username).await?.len()).unwrap_or(u32::MAX);
    Ok(Some(Arc::new(IndexedAccount { row, sites, drift_count })))
}
