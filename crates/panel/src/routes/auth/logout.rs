//! Ends the session.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::{logins, sessions};
use crate::http::ApiResult;
use crate::http::gate::ClientAddress;
use crate::http::problem::Problems;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Ends the session.
#[utoipa::path(
    post,
    path = "/auth/logout",
    operation_id = "auth_logout",
    tag = "auth",
    responses((status = 204, description = "Logged out"), Problems)
)]
pub(crate) async fn logout(
    State(app): State<App>,
    caller: Caller,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
) -> ApiResult<Response> {
    if let Some(session) = caller.session() {
        let now = app.now();
        let tx = app.store.begin().await?;
        tx.session_delete(session.id).await?;
        logins::audit(&tx, &caller.actor, "auth.logout", caller.login(), true, address, now).await?;
        tx.commit().await?;
    }
    let headers = [(header::SET_COOKIE, sessions::CLEAR_COOKIE), (CLEAR_SITE_DATA, HeaderValue::from_static(r#""cache", "storage""#))];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// What the browser keeps of the panel goes with the session; its cookie is taken back by `Set-Cookie`.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
