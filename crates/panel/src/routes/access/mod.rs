//! Which networks reach the panel.

use crate::app::App;
use crate::auth::caller::{By, Caller};
use crate::auth::logins;
use crate::http::extract::Json;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Extension;
use axum::extract::State;
use nusantara_api::people::{Access, PutAccess};
use serde_json::json;
use std::net::IpAddr;

/// More than anybody needs, and little to look through at every request.
const MOST: usize = 64;

fn view(app: &App, address: IpAddr) -> Access {
    let networks = app.access.networks().iter().map(ToString::to_string).collect();
    Access { networks, your_address: address.to_canonical().to_string() }
}

/// Which networks reach the panel.
#[utoipa::path(
    get,
    path = "/access",
    operation_id = "access_show",
    tag = "people",
    responses((status = 200, description = "The networks", body = Access), Problems)
)]
pub(crate) async fn show(State(app): State<App>, Extension(ClientAddress(address)): Extension<ClientAddress>) -> axum::Json<Access> {
    axum::Json(view(&app, address))
}

/// Says which networks reach the panel. The caller's own address has to be among them.
#[utoipa::path(
    put,
    path = "/access",
    operation_id = "access_put",
    tag = "people",
    request_body = PutAccess,
    responses((status = 200, description = "The networks", body = Access), Problems)
)]
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Json(request): Json<PutAccess>,
) -> ApiResult<axum::Json<Access>> {
    let networks = request.networks;
    if networks.len() > MOST {
        return Err(ApiError::invalid("networks", "name at most 64"));
    }
    // Root at the prompt cannot be locked out.
    let inside = caller.by == By::LocalRoot || networks.is_empty() || networks.iter().any(|network| network.contains(address));
    if !inside {
        let own = address.to_canonical();
        return Err(ApiError::invalid("networks", format!("your own address, {own}, has to be among them, or you would be locked out")));
    }
    let now = app.now();
    let tx = app.store.begin().await?;
    let facts = json!({ "networks": networks });
    logins::note_about(&tx, &caller.actor, "access.put", ("panel", "access"), facts, now).await?;
    app.access.commit(tx, networks, now).await?;
    Ok(axum::Json(view(&app, address)))
}
