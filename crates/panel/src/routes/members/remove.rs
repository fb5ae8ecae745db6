//! Takes somebody's part in an account back.

use super::{one, people};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::{self, LoginName};
use crate::http::ApiResult;
use crate::http::extract::Segments;
use crate::http::problem::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_types::Username;
use serde_json::json;

/// Takes somebody's part in an account back. Their login stays; what they follow of the account is cut within seconds.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/members/{name}",
    operation_id = "member_remove",
    tag = "people",
    params(
        ("username" = String, Path, description = "The account"),
        ("name" = String, Path, description = "The login"),
    ),
    responses((status = 204, description = "They have no part in it any more"), Problems)
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Segments(account, name): Segments<Username, LoginName>,
) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let member = one(people(&tx, &caller, &account).await?, &caller, &name.0)?;
    tx.member_delete(&account, member.user).await?;
    let facts = json!({ "login": name.0 });
    logins::note_about(&tx, &caller.actor, "member.remove", ("account", account.as_str()), facts, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
