//! Switches an account off, and on again as it was.

use super::Call;
use super::edit::{Consent, edit, edit_seen};
use crate::daemon::Daemon;
use crate::state::host_failed;
use nusantara_host::login;
use nusantara_proto::host::{AccountSuspend, Answer, OperationError};
use nusantara_types::{AccountSpec, AccountStatus, Login, SuspendReason, Suspension, Timestamp, Username};

pub(super) async fn suspend(d: &Daemon, call: &Call, args: &AccountSuspend) -> Result<Answer, OperationError> {
    let (username, now) = (&args.username, d.now());
    // Looked at inside the account's lock: a suspension just before this one is not taken for what was there before it.
    let look = async || login_now(username).await;
    edit_seen(d, call, username, Consent::None, look, |spec, login| {
        suspended(spec, login, args.reason.clone(), now);
        Ok(())
    })
    .await
}

pub(super) async fn unsuspend(d: &Daemon, call: &Call, username: &Username) -> Result<Answer, OperationError> {
    edit(d, call, username, Consent::None, |spec| {
        unsuspended(spec);
        Ok(())
    })
    .await
}

/// The login of an account; that of a new one where there is no user.
pub(super) async fn login_now(username: &Username) -> Result<Login, OperationError> {
    let seen = login::state(username).await.map_err(|e| host_failed(&e))?;
    Ok(seen.unwrap_or(Login::FRESH))
}

/// The spec while it is suspended. What a suspension under way remembers of the login stays.
pub(super) fn suspended(spec: &mut AccountSpec, login: Login, reason: Option<SuspendReason>, now: Timestamp) {
    let account = &mut spec.account;
    let fresh = match account.status {
        AccountStatus::Active => Suspension { since: now, reason: None, login },
        // By hand, without a record: nobody knows what was before.
        AccountStatus::Suspended => Suspension { since: now, reason: None, login: Login::FRESH },
    };
    account.status = AccountStatus::Suspended;
    account.suspension.get_or_insert(fresh).reason = reason;
}

/// The spec once it is not any more.
pub(super) fn unsuspended(spec: &mut AccountSpec) {
    spec.account.status = AccountStatus::Active;
    spec.account.suspension = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn suspending_twice_remembers_the_first_login() {
        let before = spec_of("joko", "joko.test");
        let mut spec = before.clone();
        let usable = Login { password_locked: false, expires_day: Some(30_000) };
        suspended(&mut spec, usable, Some("unpaid".parse().unwrap()), chrono::DateTime::UNIX_EPOCH);
        suspended(&mut spec, Login::DENIED, None, chrono::DateTime::UNIX_EPOCH);
        let suspension = spec.account.suspension.clone().unwrap();
        assert_eq!((suspension.login, suspension.reason), (usable, None));
        assert_eq!(spec.validate(), Ok(()));
        unsuspended(&mut spec);
        assert_eq!(spec, before);
    }
}
