//! Who has a part in an account. Owners let helpers in and out; only an admin makes and unmakes owners.

pub(crate) mod add;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod update;

use crate::auth::caller::Caller;
use crate::auth::permission::{Permission, Rights};
use crate::http::{ApiError, ApiResult};
use crate::routes::roles;
use nusantara_api::ProblemCode;
use nusantara_store::{MemberRecord, Part, Tx};
use nusantara_types::Username;

/// People that one account may have.
const MOST: usize = 20;

/// Whether the caller makes owners.
pub(crate) fn makes_owners(caller: &Caller) -> bool {
    caller.may(Permission::UserUpdate) && !caller.power.own_only
}

/// What somebody shall be, as far as the caller may say so.
fn part(caller: &Caller, owner: bool, permissions: &[String]) -> ApiResult<Part> {
    if owner {
        owners(caller)?;
        return Ok(Part::Owner);
    }
    let rights = roles::known(permissions)?;
    if !rights.within(Rights::for_helpers()) {
        return Err(ApiError::invalid("permissions", "a helper cannot be allowed this"));
    }
    if !rights.within(caller.power.rights) {
        let refusal = ApiError::new(ProblemCode::Forbidden, "Nobody gives what they do not hold.");
        return Err(refusal.field("permissions", "choose among your own"));
    }
    // Without that there would be nothing to see the rest in.
    let rights = Rights::of([Permission::AccountRead]).or(rights);
    Ok(Part::Helper(rights.names()))
}

/// Only an admin makes and unmakes owners.
fn owners(caller: &Caller) -> ApiResult<()> {
    if makes_owners(caller) {
        return Ok(());
    }
    Err(ApiError::new(ProblemCode::Forbidden, "Only an administrator makes somebody an owner, or takes that back.")
        .field("owner", "leave it out"))
}

/// The account's people, if the caller may change them.
async fn people(tx: &Tx, caller: &Caller, account: &Username) -> ApiResult<Vec<MemberRecord>> {
    tx.account_get(caller.scope(), account).await?.ok_or_else(ApiError::not_found)?;
    Ok(tx.member_list(account).await?)
}

/// One of them; an owner only for an admin.
fn one(people: Vec<MemberRecord>, caller: &Caller, name: &str) -> ApiResult<MemberRecord> {
    let member = people.into_iter().find(|member| member.username == name).ok_or_else(ApiError::not_found)?;
    if member.part == Part::Owner {
        owners(caller)?;
    }
    Ok(member)
}
