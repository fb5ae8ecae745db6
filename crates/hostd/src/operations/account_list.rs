//! Accounts after a name, in order.

use crate::daemon::Daemon;
use nusantara_proto::codec::MAX_MESSAGE;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::Username;

/// Room that a page may take of a message.
const ROOM: usize = MAX_MESSAGE - 4_096;

pub(super) fn run(d: &Daemon, after: Option<&Username>, limit: u32) -> Result<Answer, OperationError> {
    if !(1..=200).contains(&limit) {
        return Err(OperationError::new(ErrorCode::Invalid, "limit must be between 1 and 200").field("limit"));
    }
    let (mut accounts, mut more) = d.index.page(after, limit as usize);
    // Accounts with hundreds of domains make a page end early; one always fits, or the caller would never get past it.
    let mut taken = 0;
    let fitting = accounts
        .iter()
        .take_while(|account| {
            taken += serde_json::to_vec(account).map_or(0, |bytes| bytes.len() + 1);
            taken <= ROOM
        })
        .count()
        .max(1);
    if fitting < accounts.len() {
        accounts.truncate(fitting);
        more = true;
    }
    Ok(Answer::Accounts { accounts, more })
}
