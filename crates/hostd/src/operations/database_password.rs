//! Gives a database user another password.

use super::Call;
use super::database_user_put::no_user;
use super::edit::{Consent, edit};
use crate::converge::databases::refuse_missing;
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, DatabasePassword, ErrorCode, OperationError};

pub(super) async fn run(d: &Daemon, call: &Call, args: &DatabasePassword) -> Result<Answer, OperationError> {
    refuse_missing()?;
    let missing = || OperationError::new(ErrorCode::Invalid, "a password is needed").field("password");
    let hash = args.hash.as_ref().ok_or_else(missing)?;
    let change = |spec: &mut nusantara_types::AccountSpec| {
        let user = spec.services.databases.mariadb.users.iter_mut().find(|user| user.name == args.name);
        user.ok_or_else(|| no_user(&args.name))?.hash.clone_from(hash);
        Ok(())
    };
    edit(d, call, &args.username, Consent::None, change).await
}
