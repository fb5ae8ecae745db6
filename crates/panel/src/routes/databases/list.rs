//! The databases of an account and their users.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use axum::Json;
use axum::extract::State;
use nusantara_api::databases::{DatabaseGrantView, DatabaseOverview, DatabaseUserView, DatabaseView};
use nusantara_proto::host::DatabaseState;
use nusantara_types::Username;
use nusantara_types::databases::{DatabaseGrant, DatabaseUser};

/// What a program gives as the host: the client then takes the socket.
const HOST: &str = "localhost";

/// The databases of an account and their users, in order of name.
#[utoipa::path(
    get,
    path = "/accounts/{username}/databases",
    operation_id = "database_list",
    tag = "databases",
    params(
        ("username" = String, Path, description = "The account"),
    ),
    responses((status = 200, description = "All its databases and users", body = DatabaseOverview), Problems)
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
) -> ApiResult<Json<DatabaseOverview>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let spec = app.host.account(&caller.actor, account.username.clone()).await?.spec;
    let available = app.host.description().await?.mariadb;
    let seen = app.host.databases(&caller.actor, account.username).await?;
    let mut users: Vec<DatabaseUserView> = spec.services.databases.mariadb.users.iter().map(user).collect();
    users.sort_by(|a, b| a.name.cmp(&b.name));
    let database = |DatabaseState { name, bytes, tables }: DatabaseState| DatabaseView { name: name.to_string(), bytes, tables };
    Ok(Json(DatabaseOverview {
        available,
        server: seen.server,
        host: HOST.to_owned(),
        prefix: format!("{username}_"),
        most_databases: spec.limits.max_databases,
        most_users: spec.limits.max_db_users,
        databases: seen.databases.into_iter().map(database).collect(),
        users,
    }))
}

fn user(user: &DatabaseUser) -> DatabaseUserView {
    let grant = |grant: &DatabaseGrant| DatabaseGrantView { database: grant.database.to_string(), rights: grant.rights.into() };
    let mut grants: Vec<DatabaseGrantView> = user.grants.iter().map(grant).collect();
    grants.sort_by(|a, b| a.database.cmp(&b.database));
    DatabaseUserView { name: user.name.to_string(), grants }
}
