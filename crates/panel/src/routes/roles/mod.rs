//! Roles: the built-in ones, and those made here.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins;
use crate::auth::permission::{BuiltIn, Permission, Rights};
use crate::auth::roles::Power;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::people::{PutRole, Role, RoleList};
use nusantara_store::{RoleRecord, Sees};
use nusantara_types::RoleName;
use serde_json::{Value, json};

/// Roles that may be made here.
const MOST: u64 = 32;

/// Roles: the built-in ones, and those made here.
#[utoipa::path(
    get,
    path = "/roles",
    operation_id = "role_list",
    tag = "people",
    responses((status = 200, description = "The roles", body = RoleList), Problems)
)]
pub(crate) async fn list(State(app): State<App>) -> ApiResult<axum::Json<RoleList>> {
    let built_in = BuiltIn::ALL.into_iter().map(|role| views::people::built_in(role.as_str(), Power::built_in(role)));
    let made = app.store.role_list().await?;
    let items = built_in.chain(made.iter().map(views::people::role)).collect();
    Ok(axum::Json(RoleList { items, permissions: Rights::ALL.names(), own_permissions: BuiltIn::User.rights().names() }))
}

/// Makes a role, or changes it: whoever has it may do so from their next request on.
#[utoipa::path(
    put,
    path = "/roles/{name}",
    operation_id = "role_put",
    tag = "people",
    params(
        ("name" = String, Path, description = "Its name: 2 to 16 lower-case letters, digits and hyphens"),
    ),
    request_body = PutRole,
    responses((status = 200, description = "The role", body = Role), Problems)
)]
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segment(name): Segment<RoleName>,
    Json(request): Json<PutRole>,
) -> ApiResult<axum::Json<Role>> {
    if BuiltIn::named(name.as_str()).is_some() {
        return Err(
            ApiError::new(ProblemCode::NameTaken, "This role came with the panel and stays as it is.").field("name", "choose another name")
        );
    }
    let (now, own_only) = (app.now(), request.own_only);
    let rights = known(&request.permissions)?;
    if own_only && !rights.within(BuiltIn::User.rights()) {
        return Err(ApiError::invalid("permissions", "a role about own accounts holds nothing that the role user does not"));
    }
    let power = Power { rights, own_only };
    let tx = app.store.begin().await?;
    let before = tx.role_get(&name).await?;
    let reaches = before.as_ref().is_none_or(|before| caller.power.covers(Power::made(before)));
    if !caller.power.covers(power) || !reaches {
        let refusal = ApiError::new(ProblemCode::Forbidden, "The role allows what you may not.");
        return Err(refusal.field("permissions", "choose among your own"));
    }
    if before.is_none() && tx.role_count().await? >= MOST {
        return Err(ApiError::new(ProblemCode::LimitReached, "There are 32 roles already; remove one first."));
    }
    let sees = if own_only { Sees::Own } else { Sees::All };
    let role = RoleRecord { name, sees, permissions: rights.names(), updated_at: now };
    tx.role_put(&role, now).await?;
    let facts = json!({ "own_only": own_only, "permissions": role.permissions });
    logins::note_about(&tx, &caller.actor, "role.put", ("role", role.name.as_str()), facts, now).await?;
    tx.commit().await?;
    Ok(axum::Json(views::people::role(&role)))
}

/// Permissions by their names; one that is not known is refused.
pub(crate) fn known(names: &[String]) -> ApiResult<Rights> {
    let known = |name: &&String| Permission::ALL.iter().any(|p| p.as_str() == name.as_str());
    if names.iter().any(|name| !known(&name)) {
        return Err(ApiError::invalid("permissions", "use permissions that GET /api/v1/roles lists"));
    }
    Ok(Rights::named(names))
}

/// Removes a role that no login has.
#[utoipa::path(
    delete,
    path = "/roles/{name}",
    operation_id = "role_delete",
    tag = "people",
    params(
        ("name" = String, Path, description = "The role"),
    ),
    responses((status = 204, description = "It is gone"), Problems)
)]
pub(crate) async fn delete(State(app): State<App>, caller: Caller, Segment(name): Segment<RoleName>) -> ApiResult<StatusCode> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let role = tx.role_get(&name).await?.ok_or_else(ApiError::not_found)?;
    if !caller.power.covers(Power::made(&role)) {
        return Err(ApiError::new(ProblemCode::Forbidden, "The role allows what you may not."));
    }
    if tx.user_count_of(&name).await? > 0 {
        return Err(ApiError::new(ProblemCode::RoleInUse, "Logins have this role; give them another one first."));
    }
    tx.role_delete(&name).await?;
    logins::note_about(&tx, &caller.actor, "role.delete", ("role", name.as_str()), Value::Null, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
