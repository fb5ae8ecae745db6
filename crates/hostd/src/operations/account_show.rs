//! One account with its spec, as it is on disk.

use super::no_account;
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::specs::broken;
use nusantara_host::login;
use nusantara_plan::site::summary;
use nusantara_proto::host::{AccountState, Answer, OperationError};
use nusantara_types::Username;

pub(super) async fn run(d: &Daemon, username: &Username) -> Result<Answer, OperationError> {
    // An account being made has its files before it is one.
    if d.uid_of(username).is_none() || !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let spec = d.specs.read(username).map_err(|e| broken(&e))?;
    let login = login::state(username).await.map_err(|e| host_failed(&e))?;
    Ok(Answer::Account(Box::new(AccountState { summary: summary(&spec), spec, login })))
}
