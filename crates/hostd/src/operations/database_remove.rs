//! Removes a database with all that is in it, and what users may do in it. Users stay.

use super::Call;
use super::database_add::no_database;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_plan::account::ObservedDatabases;
use nusantara_proto::host::{Answer, Operation, OperationError};
use nusantara_types::{AccountSpec, DatabaseName, Username};
use std::collections::BTreeSet;

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, name: &DatabaseName) -> Result<Answer, OperationError> {
    edit(d, call, username, Consent::None, |spec| remove(spec, name)).await
}

fn remove(spec: &mut AccountSpec, name: &DatabaseName) -> Result<(), OperationError> {
    let server = &mut spec.services.databases.mariadb;
    if !server.has(name) {
        return Err(no_database(name, "name"));
    }
    server.databases.retain(|database| database.name != *name);
    server.users.iter_mut().for_each(|user| user.grants.retain(|grant| grant.database != *name));
    spec.services.databases.enabled &= !server.is_empty();
    Ok(())
}

/// Notes which databases go when an operation is carried out, or taken back: the one that it removes, with all that is in it, or the one
/// that it made, when that is empty.
pub(crate) fn condemn(databases: &mut ObservedDatabases, operation: &Operation) {
    let (Operation::DatabaseRemove { name, .. } | Operation::DatabaseAdd { name, .. }) = operation else { return };
    databases.condemned = BTreeSet::from([name.clone()]);
    databases.only_empty = matches!(operation, Operation::DatabaseAdd { .. });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::database_user_put::tests::put;
    use crate::operations::spec::tests::spec_of;
    use nusantara_proto::host::ErrorCode;
    use nusantara_types::databases::Database;

    #[test]
    fn nobody_is_let_into_what_is_gone() {
        let mut spec = spec_of("joko", "joko.test");
        let start = spec.clone();
        let shop: DatabaseName = "joko_shop".parse().unwrap();
        assert_eq!(remove(&mut spec, &shop).unwrap_err().code, ErrorCode::NotFound);
        spec.services.databases.mariadb.databases = vec![Database { name: shop.clone() }];
        spec.services.databases.enabled = true;
        put(&mut spec, "joko_app", &["joko_shop"], true).unwrap();
        remove(&mut spec, &shop).unwrap();
        spec.validate().unwrap();
        assert!(spec.services.databases.enabled && spec.services.databases.mariadb.users[0].grants.is_empty());
        spec.services.databases.mariadb.users.clear();
        spec.services.databases.mariadb.databases = vec![Database { name: shop.clone() }];
        remove(&mut spec, &shop).unwrap();
        assert_eq!(spec, start, "with the last of them it is as it was at first");
    }
}
