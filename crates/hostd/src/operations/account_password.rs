//! Sets or removes an account's password. One line of shadow(5) changes, or none: there is nothing to journal, and the hash is
//! written down nowhere else.

use super::{Call, no_account, note};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::specs::broken;
use nusantara_host::login;
use nusantara_proto::host::{AccountPassword, Answer, ErrorCode, OperationError, PasswordEdit};
use nusantara_types::AccountStatus;

pub(super) async fn run(d: &Daemon, call: &Call, args: &AccountPassword) -> Result<Answer, OperationError> {
    let username = &args.username;
    let invalid = |message: &str| Err(OperationError::new(ErrorCode::Invalid, message).field("password"));
    let hash = match &args.password {
        PasswordEdit::Set(hash) => Some(hash),
        PasswordEdit::Remove {} => None,
        PasswordEdit::Withheld {} => return invalid("this stands for a password that was set; give its hash"),
    };
    if d.index.get(username).is_none() {
        return Err(no_account(username));
    }
    let _held = d.access.to(username).await?;
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let spec = d.specs.read(username).map_err(|e| broken(&e))?;
    if spec.account.status == AccountStatus::Suspended {
        return invalid("the account is suspended; its password can be changed once it is not");
    }
    note(d, call).await?;
    login::set_password(username, hash).await.map_err(|e| host_failed(&e))?;
    Ok(Answer::Done {})
}
