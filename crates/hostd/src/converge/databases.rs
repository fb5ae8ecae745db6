//! Databases and their users. Which of them are an account's is told by its spec alone: a name that only looks like one of its own may
//! be another account's that is called otherwise by now, or root's.

use super::Sight;
use crate::daemon::Daemon;
use crate::database_server;
use crate::state::host_failed;
use nusantara_host::HostError;
use nusantara_host::databases::{self, Seen};
use nusantara_plan::account::ObservedDatabases;
use nusantara_plan::change::Change;
use nusantara_plan::render::databases as render;
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::databases::SqlUsers;
use nusantara_types::{AccountSpec, DatabaseName, DatabaseUserName, Username};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is said where there is no server.
pub(crate) const MISSING: &str = "MariaDB is not installed on this host; install it with: apt install mariadb-server";
const AWAY: &str = "the database server of this host does not answer; look at it with: systemctl status mariadb";

/// An error of the server, which is told apart from one of the host.
pub(crate) fn failed(error: &HostError) -> OperationError {
    if !databases::installed() {
        return OperationError::new(ErrorCode::DatabaseServerMissing, MISSING);
    }
    if databases::is_away(error) {
        return OperationError::new(ErrorCode::DatabaseServerMissing, AWAY).detail(error.to_string());
    }
    host_failed(error)
}

/// Refuses what the host cannot do.
pub(crate) fn refuse_missing() -> Result<(), OperationError> {
    if databases::installed() { Ok(()) } else { Err(OperationError::new(ErrorCode::DatabaseServerMissing, MISSING)) }
}

/// What is there of an account. Where no server answers, nothing can be seen to differ: its other changes go on, and those of databases
/// say why they cannot be made.
pub(super) async fn observe(
    d: &Daemon,
    sight: &Sight,
    username: &Username,
    spec: Option<&AccountSpec>,
) -> Result<ObservedDatabases, HostError> {
    // Besides what the spec before a change has, what the one after it has reserved.
    let mut known: BTreeSet<SqlName> = d.index.databases_of(username).into_iter().collect();
    known.extend(spec.into_iter().flat_map(names_of));
    if known.is_empty() {
        return Ok(ObservedDatabases::default());
    }
    let Some(seen) = sight.databases().await? else { return Ok(spec.map(ObservedDatabases::of).unwrap_or_default()) };
    Ok(among(&seen, &known))
}

/// What is there of some names. One that a database has is nobody's claim to a user of the same name, nor the other way round.
fn among(seen: &Seen, known: &BTreeSet<SqlName>) -> ObservedDatabases {
    let is_known = |name: SqlName| known.contains(&name);
    ObservedDatabases {
        names: seen.databases.iter().filter(|name| is_known(SqlName::Database((*name).clone()))).cloned().collect(),
        users: seen
            .users
            .iter()
            .filter(|(name, _)| is_known(SqlName::User((*name).clone())))
            .map(|(n, u)| (n.clone(), u.clone()))
            .collect(),
        ..ObservedDatabases::default()
    }
}

/// Everything on the server; none when it does not answer.
pub(super) async fn seen() -> Result<Option<Arc<Seen>>, HostError> {
    match databases::look().await {
        Ok(seen) => Ok(Some(Arc::new(seen))),
        Err(error) if databases::is_away(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same for many accounts at once: a server that answers strangely keeps nobody from what has nothing to do with it.
pub(super) async fn seen_by_many() -> Option<Arc<Seen>> {
    seen().await.unwrap_or_else(|error| {
        tracing::warn!(%error, detail = error.detail, "the databases of accounts cannot be looked at");
        None
    })
}

/// Makes a database.
pub(super) async fn create(d: &Daemon, name: &DatabaseName) -> Result<(), OperationError> {
    database_server::provide(d).await?;
    databases::create(name).await.map_err(|e| failed(&e))
}

/// Removes one. With the server its data is gone, or out of everybody's reach.
pub(super) async fn remove(name: &DatabaseName) -> Result<(), OperationError> {
    if !databases::installed() {
        return Ok(());
    }
    databases::remove(name).await.map_err(|e| failed(&e))
}

/// Removes one that was made lately, unless somebody has put something into it meanwhile: that is nobody's to throw away.
pub(super) async fn remove_empty(name: &DatabaseName) -> Result<(), OperationError> {
    if !databases::installed() {
        return Ok(());
    }
    if !databases::remove_empty(name).await.map_err(|e| failed(&e))? {
        tracing::warn!(database = %name, "a database that was made here is not empty any more; it stays");
    }
    Ok(())
}

/// Brings users from one state to the other.
pub(super) async fn set_users(d: &Daemon, before: &SqlUsers, after: &SqlUsers) -> Result<(), OperationError> {
    if after.keys().any(|name| !before.contains_key(name)) {
        database_server::provide(d).await?;
    }
    match databases::set_users(before, after).await {
        Err(error) if databases::is_away(&error) && bears_silence(before, after) => {
            tracing::warn!(%error, "database users could not be shut out; the server does not answer");
            Ok(())
        }
        other => other.map_err(|e| failed(&e)),
    }
}

/// Refuses changes that cannot be made now because the server does not answer, before any of them is begun: half way, there would be no
/// way back either.
pub(crate) async fn refuse_silent(changes: &[Change]) -> Result<(), OperationError> {
    let needs_it = |change: &Change| match change {
        Change::DatabaseCreate { .. } => true,
        Change::DatabaseDrop { .. } => databases::installed(),
        Change::DatabaseUsers { before, after } => !bears_silence(before, after),
        _ => false,
    };
    if changes.iter().any(needs_it) { answers().await } else { Ok(()) }
}

/// Refuses when the server does not answer.
pub(crate) async fn answers() -> Result<(), OperationError> {
    databases::look().await.map(drop).map_err(|e| failed(&e))
}

/// Whether it may be put off until the server answers. One that is silent lets nobody in; what it then still has of users that are
/// listed is seen as drift. One that is gone has no users.
fn bears_silence(before: &SqlUsers, after: &SqlUsers) -> bool {
    if databases::installed() { only_locks(before, after) } else { only_takes(before, after) }
}

/// Whether nobody may do anything afterwards that he might not before, and nobody is forgotten: a user that no spec lists any more would
/// come in for ever, and nobody would see it.
fn only_locks(before: &SqlUsers, after: &SqlUsers) -> bool {
    only_takes(before, after) && before.keys().all(|name| after.contains_key(name))
}

/// Whether nobody may do anything afterwards that he might not before.
fn only_takes(before: &SqlUsers, after: &SqlUsers) -> bool {
    after.iter().all(|(name, user)| {
        before.get(name).is_some_and(|had| {
            had.hash == user.hash
                && (user.locked || !had.locked)
                && user.grants.iter().all(|(name, rights)| had.grants.get(name) == Some(rights))
        })
    })
}

/// Refuses names that the server has already for somebody else, or left by somebody: what is in there is not given away.
pub(crate) async fn refuse_taken(names: &[SqlName], field: &str) -> Result<(), OperationError> {
    if names.is_empty() {
        return Ok(());
    }
    let seen = databases::look().await.map_err(|e| failed(&e))?;
    let has = |name: &SqlName| match name {
        SqlName::Database(name) => seen.databases.contains(name),
        SqlName::User(name) => seen.users.contains_key(name),
    };
    match names.iter().find(|name| has(name)) {
        None => Ok(()),
        Some(name) => {
            let message = format!("the database server has a {name} already; choose another name");
            Err(OperationError::new(ErrorCode::Conflict, message).field(field))
        }
    }
}

/// A name on the server. Databases and users are named apart: what one is called says nothing of the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SqlName {
    /// Of a database.
    Database(DatabaseName),
    /// Of a user.
    User(DatabaseUserName),
}

impl SqlName {
    /// The username it begins with.
    pub(crate) fn prefix(&self) -> &str {
        match self {
            Self::Database(name) => name.prefix(),
            Self::User(name) => name.prefix(),
        }
    }
}

impl std::fmt::Display for SqlName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(name) => name.fmt(f),
            Self::User(name) => name.fmt(f),
        }
    }
}

/// Every name that a spec has on the server.
pub(crate) fn names_of(spec: &AccountSpec) -> Vec<SqlName> {
    let users = spec.services.databases.mariadb.users.iter().map(|user| SqlName::User(user.name.clone()));
    render::names(spec).into_iter().map(SqlName::Database).chain(users).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_types::databases::{DatabaseRights, SqlUser};

    #[test]
    fn shutting_out_is_told_from_letting_in() {
        let user = |locked, grants: &[(&str, DatabaseRights)]| {
            let grants = grants.iter().map(|(name, rights)| (name.parse().unwrap(), *rights)).collect();
            let user = SqlUser { hash: format!("*{}", "A".repeat(40)).parse().ok(), locked, grants, ..SqlUser::default() };
            SqlUsers::from([("joko_app".parse().unwrap(), user)])
        };
        let full: &[_] = &[("joko_a", DatabaseRights::Full)];
        let open = user(false, full);
        let none = SqlUsers::new();
        assert!(only_takes(&open, &none) && !only_locks(&open, &none), "who is forgotten would stay");
        for taken in [open.clone(), user(true, full), user(false, &[]), user(true, &[])] {
            assert!(only_locks(&open, &taken), "{taken:?}");
        }
        for more in [user(false, &[("joko_a", DatabaseRights::Read)]), user(false, &[("joko_b", DatabaseRights::Full)])] {
            assert!(!only_takes(&open, &more), "{more:?}");
        }
        assert!(!only_takes(&user(true, full), &open) && !only_takes(&SqlUsers::new(), &open));
    }

    #[test]
    fn a_database_and_a_user_of_one_name_are_two_things() {
        let (database, user): (DatabaseName, DatabaseUserName) = ("joko_shop".parse().unwrap(), "joko_shop".parse().unwrap());
        let seen = Seen { databases: [database.clone()].into(), users: SqlUsers::from([(user.clone(), SqlUser::default())]) };
        let of_database = among(&seen, &[SqlName::Database(database)].into());
        assert!(of_database.users.is_empty() && of_database.names == seen.databases, "root's user is not the account's");
        let of_user = among(&seen, &[SqlName::User(user)].into());
        assert!(of_user.names.is_empty() && of_user.users == seen.users, "root's database is not the account's");
    }
}
