//! Removes an account and everything it owns on this host, after a last copy of it where one is wanted. Goes forward only: a failure is reported, and the next try goes on
//! from there.

use super::{Call, begin, no_account};
use crate::converge::{Work, databases, forward, observe};
use crate::daemon::Daemon;
use crate::requests::Running;
use crate::state::host_failed;
use nusantara_host::databases::installed;
use nusantara_plan::account::{plan_delete, plan_delete_keeping};
use nusantara_plan::change::Owner;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, last_copy: bool) -> Result<Answer, OperationError> {
    d.uid_of(username).ok_or_else(|| no_account(username))?;
    let _held = d.access.to(username).await?;
    // While it waited, another request may have removed it.
    let uid = d.uid_of(username).ok_or_else(|| no_account(username))?;
    // Nothing of it goes while its users would stay, whom nobody would know any more.
    if installed() && known(d, username, uid).is_some_and(|spec| !databases::names_of(&spec).is_empty()) {
        databases::answers().await?;
    }
    let now = d.now();
    let work = Work::new(Owner { username: username.clone(), uid }, "delete", call.request.actor.clone(), now, None);
    begin(d, call, &work, None).await?;
    let leftovers = remove(d, &work, last_copy, &call.running).await?;
    Ok(Answer::Deleted { leftovers })
}

/// How often what a disk refused is tried again.
const MORE_TRIES: u32 = 2;

/// Removes what is there. Also what a crash left to be done. There is no way back, so what a disk refuses once is tried again.
pub(crate) async fn remove(d: &Daemon, work: &Work, last_copy: bool, running: &Running) -> Result<Vec<String>, OperationError> {
    let mut left = MORE_TRIES;
    loop {
        let error = match remove_now(d, work, last_copy, running).await {
            Ok(leftovers) => return Ok(leftovers),
            Err(error) => error,
        };
        let of_the_disk = matches!(error.code, ErrorCode::DiskFull | ErrorCode::DiskError);
        if !of_the_disk || left == 0 {
            return Err(error);
        }
        left -= 1;
        tracing::warn!(account = %work.owner.username, detail = error.detail, "a disk refused a removal; it is tried again");
        if error.code == ErrorCode::DiskFull {
            d.reserve.release().await;
        }
    }
}

/// What the account's files say; where they cannot be used, what was applied last, so that nothing stays of it that only they name.
fn known(d: &Daemon, username: &Username, uid: u32) -> Option<AccountSpec> {
    d.specs.read(username).ok().or_else(|| d.specs.newest(username).filter(|kept| kept.account.uid == uid))
}

async fn remove_now(d: &Daemon, work: &Work, last_copy: bool, running: &Running) -> Result<Vec<String>, OperationError> {
    let Owner { username, uid } = &work.owner;
    if let Ok(spec) = d.specs.read(username) {
        // First, while the files still say what they are: another account must not get them at once.
        d.released.note(&spec, None, d.now()).await?;
    }
    let spec = known(d, username, *uid);
    let observed = observe(d, username, *uid, spec).await.map_err(|e| host_failed(&e))?;
    let planned = if last_copy { plan_delete_keeping(*uid, &observed, work.at) } else { plan_delete(*uid, &observed) };
    let changes = planned.map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))?;
    let leftovers = forward(d, work, &changes, running).await.map_err(|failed| failed.error)?;
    d.index.remove(username);
    Ok(leftovers)
}
