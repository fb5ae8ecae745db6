//! Databases and their users. Which of them are an account's is told by its spec alone: a name that only looks like one of its own may
//! be another account's that is called otherwise by now, or root's.

use super::Sight;
use crate::daemon::Daemon;
use crate::state::host_failed;
use nusantara_host::HostError;
use nusantara_host::databases::{self, Seen};
use nusantara_plan::account::ObservedDatabases;
use nusantara_plan::render::databases as render;
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::databases::SqlUsers;
use nusantara_types::{AccountSpec, DatabaseName, Username};
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
    let reserved = d.index.databases_of(username);
    let listed = spec.map(|spec| &spec.services.databases.mariadb);
    let mut databases: Vec<DatabaseName> = listed.into_iter().flat_map(|l| &l.databases).map(|database| database.name.clone()).collect();
    let mut users: Vec<String> = listed.into_iter().flat_map(|l| &l.users).map(|user| user.name.to_string()).collect();
    databases.extend(reserved.iter().filter_map(|name| name.parse().ok()));
    users.extend(reserved);
    if databases.is_empty() && users.is_empty() {
        return Ok(ObservedDatabases::default());
    }
    let Some(seen) = sight.databases().await? else { return Ok(spec.map(ObservedDatabases::of).unwrap_or_default()) };
    Ok(ObservedDatabases {
        names: databases.into_iter().filter(|name| seen.databases.contains(name)).collect(),
        users: seen
            .users
            .iter()
            .filter(|(name, _)| users.iter().any(|known| known == name.as_str()))
            .map(|(n, u)| (n.clone(), u.clone()))
            .collect(),
        condemned: std::collections::BTreeSet::new(),
    })
}

/// Everything on the server; none when it does not answer.
pub(super) async fn seen() -> Result<Option<Arc<Seen>>, HostError> {
    match databases::look().await {
        Ok(seen) => Ok(Some(Arc::new(seen))),
        Err(error) if databases::is_away(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a database.
pub(super) async fn create(name: &DatabaseName) -> Result<(), OperationError> {
    databases::create(name).await.map_err(|e| failed(&e))
}

/// Removes one. With the server its data is gone, or out of everybody's reach.
pub(super) async fn remove(name: &DatabaseName) -> Result<(), OperationError> {
    if !databases::installed() {
        return Ok(());
    }
    databases::remove(name).await.map_err(|e| failed(&e))
}

/// Brings users from one state to the other. What only takes away must be possible where the server is gone or silent: nobody comes in
/// there, and what it then still has is seen as drift when it answers again.
pub(super) async fn set_users(before: &SqlUsers, after: &SqlUsers) -> Result<(), OperationError> {
    match databases::set_users(before, after).await {
        Err(error) if databases::is_away(&error) && only_takes(before, after) => {
            tracing::warn!(%error, "database users could not be shut out; the server does not answer");
            Ok(())
        }
        other => other.map_err(|e| failed(&e)),
    }
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
pub(crate) async fn refuse_taken(names: &[&str], field: &str) -> Result<(), OperationError> {
    if names.is_empty() {
        return Ok(());
    }
    let seen = databases::look().await.map_err(|e| failed(&e))?;
    let has =
        |name: &str| seen.databases.iter().any(|known| known.as_str() == name) || seen.users.keys().any(|known| known.as_str() == name);
    match names.iter().find(|name| has(name)) {
        None => Ok(()),
        Some(name) => {
            let message = format!("the database server has a {name} already; choose another name");
            Err(OperationError::new(ErrorCode::Conflict, message).field(field))
        }
    }
}

/// Every name that a spec has on the server.
pub(crate) fn names_of(spec: &AccountSpec) -> Vec<String> {
    let server = &spec.services.databases.mariadb;
    let databases = render::names(spec).into_iter().map(String::from);
    databases.chain(server.users.iter().map(|user| user.name.to_string())).collect()
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
        for taken in [SqlUsers::new(), open.clone(), user(true, full), user(false, &[]), user(true, &[])] {
            assert!(only_takes(&open, &taken), "{taken:?}");
        }
        for more in [user(false, &[("joko_a", DatabaseRights::Read)]), user(false, &[("joko_b", DatabaseRights::Full)])] {
            assert!(!only_takes(&open, &more), "{more:?}");
        }
        assert!(!only_takes(&user(true, full), &open) && !only_takes(&SqlUsers::new(), &open));
    }
}
