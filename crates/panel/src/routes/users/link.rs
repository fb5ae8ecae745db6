//! Makes a link by which a login's password is set.

use super::{not_own, within_reach};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::links;
use crate::auth::logins::{self, LoginName};
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::people::PasswordLink;
use serde_json::Value;

/// Makes a link by which a login's password is set, in the place of one it may have. The password it has works until then.
#[utoipa::path(
    post,
    path = "/users/{username}/link",
    operation_id = "user_link",
    tag = "people",
    params(
        ("username" = String, Path, description = "The login"),
    ),
    responses((status = 201, description = "The link, which is shown this once", body = PasswordLink), Problems)
)]
pub(crate) async fn link(
    State(app): State<App>,
    caller: Caller,
    Segment(name): Segment<LoginName>,
) -> ApiResult<(StatusCode, Json<PasswordLink>)> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let user = within_reach(&tx, &caller, &name.0).await?;
    not_own(&caller, &user)?;
    if user.disabled_at.is_some() {
        return Err(ApiError::new(ProblemCode::Forbidden, "The login is switched off; switch it on first."));
    }
    let link = links::make(&tx, &user, &caller.actor, now).await?;
    logins::note(&tx, &caller.actor, "user.link", &user.username, Value::Null, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(link)))
}
