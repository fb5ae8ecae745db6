//! Logins of the panel. Nobody gives what they do not hold, nobody touches a login that may do more than they, and somebody is
//! always left who may do everything.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod factor;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod passkeys;
pub(crate) mod sessions;
pub(crate) mod show;
pub(crate) mod update;
pub(crate) mod view;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::factor_drop;
use crate::auth::permission::BuiltIn;
use crate::auth::roles::{self, Power};
use crate::http::{ApiError, ApiResult};
use crate::views;
use crate::views::people::Factor;
use nusantara_api::ProblemCode;
use nusantara_api::people::User;
use nusantara_store::{Tx, UserRecord};
use nusantara_types::{RoleName, UserId};

/// A login that the caller may do things to.
async fn within_reach(tx: &Tx, caller: &Caller, name: &str) -> ApiResult<UserRecord> {
    let user = tx.user_by_name(name).await?.ok_or_else(ApiError::not_found)?;
    let power = roles::power_tx(tx, &user.role).await?;
    // A login whose role is gone may do nothing.
    if power.is_some_and(|power| !caller.power.covers(power)) {
        return Err(ApiError::new(ProblemCode::Forbidden, "This login may do what you may not."));
    }
    Ok(user)
}

/// The role exists, and allows nothing that the caller may not.
pub(crate) async fn givable(tx: &Tx, caller: &Caller, role: &RoleName) -> ApiResult<Power> {
    let power = roles::power_tx(tx, role).await?;
    let power = power.ok_or_else(|| ApiError::invalid("role", "there is no such role"))?;
    if !caller.power.covers(power) {
        let refusal = ApiError::new(ProblemCode::Forbidden, "The role allows what you may not.");
        return Err(refusal.field("role", "choose one that allows no more than yours"));
    }
    Ok(power)
}

/// Refuses what nobody should do to themselves.
fn not_own(caller: &Caller, user: &UserRecord) -> ApiResult<()> {
    if caller.user == Some(user.id) {
        let detail = "This is your own login: ask somebody else who may, or use the page about yourself.";
        return Err(ApiError::new(ProblemCode::OwnLogin, detail));
    }
    Ok(())
}

/// Refuses to take away the last login that may do everything.
async fn admin_is_left(tx: &Tx, user: &UserRecord) -> ApiResult<()> {
    let admin = RoleName::admin();
    let counts = user.role.as_str() == BuiltIn::Admin.as_str() && user.disabled_at.is_none() && !user.password_hash.is_empty();
    if counts && tx.user_count_usable(&admin).await? <= 1 {
        let detail = "This is the last login with the role admin that somebody can log in to.";
        return Err(ApiError::new(ProblemCode::LastAdmin, detail));
    }
    Ok(())
}

/// Whether the password alone does not log in.
async fn has_second_factor(app: &App, user: UserId) -> ApiResult<bool> {
    let ids = [user];
    Ok(!app.store.totp_users(&ids).await?.is_empty() || !app.store.passkey_users(&ids).await?.is_empty())
}

/// A login with all that is shown of it.
pub(crate) async fn view(app: &App, caller: &Caller, user: &UserRecord) -> ApiResult<User> {
    let ids = [user.id];
    let parts = app.store.member_list_of(&ids).await?;
    let enabled = has_second_factor(app, user.id).await?;
    let power = roles::power(&app.store, &user.role).await?;
    let factor = Factor { enabled, drops_at: factor_drop::due(&app.store, user.id).await? };
    Ok(views::people::user(user, &parts, factor, power, caller))
}
