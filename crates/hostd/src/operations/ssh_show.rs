//! How an account may log in by SSH, and how it did.

use super::no_account;
use crate::daemon::Daemon;
use crate::sshd;
use crate::state::specs::broken;
use nusantara_proto::host::{Answer, OperationError, SshState};
use nusantara_types::Username;

pub(super) async fn run(d: &Daemon, username: &Username) -> Result<Answer, OperationError> {
    if d.uid_of(username).is_none() || !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let spec = d.specs.read(username).map_err(|e| broken(&e))?;
    let (port, unavailable) = match sshd::look().await {
        Ok(port) => (Some(port), None),
        Err(why) => (None, Some(why.sentence().to_owned())),
    };
    let (last_login_ip, last_login_at) = (spec.account.last_login_ip, spec.account.last_login_at);
    Ok(Answer::Ssh(Box::new(SshState { ssh: spec.ssh, port, unavailable, last_login_ip, last_login_at })))
}
