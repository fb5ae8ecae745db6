//! What a database server shall have of an account.

use crate::serving::Serving;
use nusantara_types::databases::{DatabaseUser, SqlUser, SqlUsers};
use nusantara_types::{AccountSpec, DatabaseName};
use std::collections::BTreeSet;

/// What the server is set to: [`crate::paths::MARIADB_SETTINGS`].
pub const SETTINGS: &str = include_str!("../../templates/mariadb.cnf");

/// The databases that an account lists.
#[must_use]
pub fn names(spec: &AccountSpec) -> BTreeSet<DatabaseName> {
    spec.services.databases.mariadb.databases.iter().map(|database| database.name.clone()).collect()
}

/// Its users as they shall be. They are there and locked while databases are off or the account is suspended: what they may do is
/// not forgotten, and a program that belongs to one of them is told that it is locked.
#[must_use]
pub fn users(spec: &AccountSpec) -> SqlUsers {
    let service = &spec.services.databases;
    let locked = !service.enabled || !Serving::of(spec).runs();
    let user = |user: &DatabaseUser| {
        let grants = user.grants.iter().map(|grant| (grant.database.clone(), grant.rights)).collect();
        (user.name.clone(), SqlUser { hash: Some(user.hash.clone()), locked, grants, beyond: BTreeSet::new() })
    };
    service.mariadb.users.iter().map(user).collect()
}

/// Users as people read them, a line for each thing; without their passwords.
#[must_use]
pub fn lines(users: &SqlUsers) -> String {
    let mut out = String::new();
    for (name, SqlUser { hash, locked, grants, beyond }) in users {
        let password = if hash.is_some() { "with a password" } else { "without a password of the usual kind" };
        out += &format!("{name}: {password}{}\n", if *locked { ", locked" } else { "" });
        grants.iter().for_each(|(database, rights)| out += &format!("{name}: {} in {database}\n", rights.word()));
        beyond.iter().for_each(|more| out += &format!("{name}: {more}\n"));
    }
    out
}
