//! How a name stands to an account that may want it: what a change would be refused for, asked before it is begun.

use crate::daemon::Daemon;
use nusantara_proto::host::{ErrorCode, NameStanding, OperationError};
use nusantara_types::{DomainName, Username};

pub(super) fn run(d: &Daemon, username: &Username, domain: &DomainName) -> Result<NameStanding, OperationError> {
    let uid = d
        .index
        .get(username)
        .map(|account| account.uid)
        .ok_or_else(|| OperationError::new(ErrorCode::NotFound, "there is no such account"))?;
    Ok(match d.index.standing(username, domain) {
        NameStanding::Free if d.released.rests(domain, uid, d.now()) => NameStanding::Resting,
        standing => standing,
    })
}
