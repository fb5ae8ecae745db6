//! How an account may be logged in to by SSH.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::ssh::AccountSsh;
use nusantara_types::Username;

/// How an account may be logged in to by SSH, and where the last login came from.
#[utoipa::path(
    get,
    path = "/accounts/{username}/ssh",
    operation_id = "ssh_show",
    tag = "ssh",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "Its SSH", body = AccountSsh), Problems)
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<AccountSsh>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let state = app.host.ssh(&caller.actor, account.username).await?;
    Ok(Json(AccountSsh {
        mode: state.ssh.effective_mode().into(),
        allow_password: state.ssh.allow_password,
        allow_port_forwarding: state.ssh.allow_port_forwarding,
        allow_agent_forwarding: state.ssh.allow_agent_forwarding,
        allow_x11_forwarding: state.ssh.allow_x11_forwarding,
        keys: state.ssh.authorized_keys.iter().map(Into::into).collect(),
        port: state.port,
        unavailable: state.unavailable,
        last_login_ip: state.last_login_ip.map(|ip| ip.to_string()),
        last_login_at: state.last_login_at,
    }))
}
