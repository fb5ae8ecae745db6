//! Makes a database of an account, empty.

use super::Call;
use super::edit::{Consent, edit_seen};
use crate::converge::databases::{SqlName, refuse_taken};
use crate::daemon::Daemon;
use crate::database_server;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::databases::Database;
use nusantara_types::{AccountSpec, DatabaseName, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, name: &DatabaseName) -> Result<Answer, OperationError> {
    database_server::provide(d).await?;
    // Inside the account's lock, and only where the account has none of that name itself: that is said otherwise.
    let look = async || match d.specs.read(username) {
        Ok(spec) if spec.services.databases.mariadb.has(name) => Ok(()),
        _ => refuse_taken(&[SqlName::Database(name.clone())], "name").await,
    };
    edit_seen(d, call, username, Consent::None, look, |spec, ()| add(spec, name)).await
}

fn add(spec: &mut AccountSpec, name: &DatabaseName) -> Result<(), OperationError> {
    refuse_foreign(&spec.account.username, name.prefix(), "name")?;
    let server = &mut spec.services.databases.mariadb;
    if server.has(name) {
        return Err(OperationError::new(ErrorCode::Conflict, format!("this account has a database {name} already")).field("name"));
    }
    server.databases.push(Database { name: name.clone() });
    spec.services.databases.enabled = true;
    Ok(())
}

/// New names begin with the account's own.
pub(super) fn refuse_foreign(username: &Username, prefix: &str, field: &str) -> Result<(), OperationError> {
    if prefix == username.as_str() {
        return Ok(());
    }
    let message = format!("the names of this account's databases and their users begin with {username}_");
    Err(OperationError::new(ErrorCode::Invalid, message).field(field))
}

/// No such database, in the words every operation uses.
pub(super) fn no_database(name: &DatabaseName, field: &str) -> OperationError {
    OperationError::new(ErrorCode::NotFound, format!("this account has no database named {name}")).field(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn a_database_is_made_once_and_under_the_accounts_own_name() {
        let mut spec = spec_of("joko", "joko.test");
        add(&mut spec, &"joko_shop".parse().unwrap()).unwrap();
        spec.validate().unwrap();
        assert!(spec.services.databases.enabled);
        let refused = |spec: &mut AccountSpec, name: &str| add(spec, &name.parse().unwrap()).unwrap_err();
        assert_eq!(refused(&mut spec, "joko_shop").code, ErrorCode::Conflict);
        for foreign in ["sari_shop", "jokowi_shop"] {
            let error = refused(&mut spec, foreign);
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("name")));
        }
    }
}
