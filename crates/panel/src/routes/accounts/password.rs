//! The password of an account's Linux user. It is done at once and not by a job: a job would have to remember the hash.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::at_once::{Effect, at_once};
use crate::routes::changes;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::accounts::SetPassword;
use nusantara_proto::host::{AccountPassword, Operation, PasswordEdit};
use nusantara_store::AccountRecord;
use nusantara_types::{PasswordHash, Username};
use serde_json::Value;

/// Sets the password of an account's Linux user.
#[utoipa::path(
    put,
    path = "/accounts/{username}/password",
    operation_id = "account_password_set",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    request_body = SetPassword,
    responses((status = 204, description = "It is set"), Problems)
)]
pub(crate) async fn set(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    Json(request): Json<SetPassword>,
) -> ApiResult<StatusCode> {
    // Whoever may not see the account does not make us hash.
    let account = changeable(&app, &caller, &username).await?;
    let refused = || ApiError::invalid("password", "use 12 to 128 characters, without control characters");
    let hash = app.passwords.hash_for_account(request.password).await?.ok_or_else(refused)?;
    change(&app, &caller, &account, "account.password_set", PasswordEdit::Set(PasswordHash::from(hash))).await
}

/// Removes the password: then nobody logs in by one.
#[utoipa::path(
    delete,
    path = "/accounts/{username}/password",
    operation_id = "account_password_remove",
    tag = "accounts",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 204, description = "There is none any more"), Problems)
)]
pub(crate) async fn remove(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<StatusCode> {
    let account = changeable(&app, &caller, &username).await?;
    change(&app, &caller, &account, "account.password_remove", PasswordEdit::Remove {}).await
}

async fn changeable(app: &App, caller: &Caller, username: &Username) -> ApiResult<AccountRecord> {
    let account = app.store.account_get(caller.scope(), username).await?.ok_or_else(ApiError::not_found)?;
    changes::serves(&account)?;
    Ok(account)
}

async fn change(app: &App, caller: &Caller, account: &AccountRecord, action: &str, password: PasswordEdit) -> ApiResult<StatusCode> {
    let username = account.username.clone();
    let operation = Operation::AccountPassword(AccountPassword { username: username.clone(), password });
    let effect = Effect { action, target: ("account", username.as_str()), facts: Value::Null, operation };
    at_once(app, caller, effect).await?;
    Ok(StatusCode::NO_CONTENT)
}
