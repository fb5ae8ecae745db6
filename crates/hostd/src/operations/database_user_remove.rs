//! Removes a database user. Databases stay.

use super::Call;
use super::database_user_put::no_user;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, OperationError};
use nusantara_types::{AccountSpec, DatabaseUserName, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, name: &DatabaseUserName) -> Result<Answer, OperationError> {
    edit(d, call, username, Consent::None, |spec| remove(spec, name)).await
}

fn remove(spec: &mut AccountSpec, name: &DatabaseUserName) -> Result<(), OperationError> {
    let server = &mut spec.services.databases.mariadb;
    if server.user(name).is_none() {
        return Err(no_user(name));
    }
    server.users.retain(|user| user.name != *name);
    spec.services.databases.enabled &= !server.is_empty();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::database_user_put::tests::put;
    use crate::operations::spec::tests::spec_of;
    use nusantara_proto::host::ErrorCode;

    #[test]
    fn the_last_user_leaves_nothing_behind() {
        let mut spec = spec_of("joko", "joko.test");
        let (start, name) = (spec.clone(), "joko_app".parse().unwrap());
        assert_eq!(remove(&mut spec, &name).unwrap_err().code, ErrorCode::NotFound);
        put(&mut spec, "joko_app", &[], true).unwrap();
        remove(&mut spec, &name).unwrap();
        assert_eq!(spec, start);
    }
}
