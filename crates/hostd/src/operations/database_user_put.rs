//! Makes a database user of an account, or says what it may do.

use super::Call;
use super::database_add::{no_database, refuse_foreign};
use super::edit::{Consent, edit_seen};
use crate::converge::databases::{SqlName, refuse_taken};
use crate::daemon::Daemon;
use crate::database_server;
use nusantara_proto::host::{Answer, DatabaseUserPut, ErrorCode, OperationError};
use nusantara_types::databases::DatabaseUser;
use nusantara_types::{AccountSpec, DatabaseUserName};

pub(super) async fn run(d: &Daemon, call: &Call, args: &DatabaseUserPut) -> Result<Answer, OperationError> {
    database_server::provide(d).await?;
    let known = || d.specs.read(&args.username).is_ok_and(|spec| spec.services.databases.mariadb.user(&args.name).is_some());
    let look = async || if !args.new || known() { Ok(()) } else { refuse_taken(&[SqlName::User(args.name.clone())], "name").await };
    edit_seen(d, call, &args.username, Consent::None, look, |spec, ()| change(spec, args)).await
}

fn change(spec: &mut AccountSpec, args: &DatabaseUserPut) -> Result<(), OperationError> {
    let DatabaseUserPut { name, grants, hash, new, .. } = args;
    let server = &mut spec.services.databases.mariadb;
    if let Some(unknown) = grants.iter().find(|grant| !server.has(&grant.database)) {
        return Err(no_database(&unknown.database, "grants"));
    }
    let known = server.users.iter_mut().find(|user| user.name == *name);
    match (known, new) {
        (Some(_), true) => {
            return Err(OperationError::new(ErrorCode::Conflict, format!("this account has a database user {name} already")).field("name"));
        }
        (None, false) => return Err(no_user(name)),
        (Some(user), false) => {
            user.grants.clone_from(grants);
            if let Some(hash) = hash {
                user.hash.clone_from(hash);
            }
        }
        (None, true) => {
            refuse_foreign(&spec.account.username, name.prefix(), "name")?;
            let missing = || OperationError::new(ErrorCode::Invalid, "a new database user needs a password").field("password");
            let hash = hash.clone().ok_or_else(missing)?;
            server.users.push(DatabaseUser { name: name.clone(), hash, grants: grants.clone() });
            spec.services.databases.enabled = true;
        }
    }
    Ok(())
}

/// No such user, in the words every operation uses.
pub(super) fn no_user(name: &DatabaseUserName) -> OperationError {
    OperationError::new(ErrorCode::NotFound, format!("this account has no database user named {name}")).field("name")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;
    use nusantara_types::databases::Database;

    pub(crate) fn put(spec: &mut AccountSpec, name: &str, databases: &[&str], new: bool) -> Result<(), OperationError> {
        let grants: Vec<_> = databases.iter().map(|name| serde_json::json!({ "database": name, "rights": "read" })).collect();
        let hash = new.then(|| format!("*{}", "A".repeat(40)));
        let args = serde_json::json!({ "username": "joko", "name": name, "grants": grants, "hash": hash, "new": new });
        change(spec, &serde_json::from_value(args).unwrap())
    }

    #[test]
    fn a_user_is_made_once_and_changed_after() {
        let mut spec = spec_of("joko", "joko.test");
        spec.services.databases.mariadb.databases = vec![Database { name: "joko_shop".parse().unwrap() }];
        assert_eq!(put(&mut spec, "joko_app", &[], false).unwrap_err().code, ErrorCode::NotFound);
        put(&mut spec, "joko_app", &["joko_shop"], true).unwrap();
        spec.validate().unwrap();
        let hash = spec.services.databases.mariadb.users[0].hash.clone();
        put(&mut spec, "joko_app", &[], false).unwrap();
        let user = &spec.services.databases.mariadb.users[0];
        assert_eq!((&user.hash, user.grants.len()), (&hash, 0), "the password stays");
        let refused = |spec: &mut AccountSpec, name: &str, databases: &[&str]| {
            let error = put(spec, name, databases, true).unwrap_err();
            (error.code, error.field.unwrap_or_default())
        };
        assert_eq!(refused(&mut spec, "joko_app", &[]), (ErrorCode::Conflict, "name".to_owned()));
        assert_eq!(refused(&mut spec, "sari_app", &[]), (ErrorCode::Invalid, "name".to_owned()));
        assert_eq!(refused(&mut spec, "joko_b", &["sari_shop"]), (ErrorCode::NotFound, "grants".to_owned()));
    }
}
