//! The last copies of accounts that were deleted.

use crate::daemon::Daemon;
use crate::state::{host_failed, last_copies};
use nusantara_host::HostError;
use nusantara_proto::host::{Answer, OperationError};

/// As many as one answer holds.
const MOST: usize = 500;

pub(super) fn run(d: &Daemon) -> Result<Answer, OperationError> {
    let mut copies = last_copies::list(&d.folders).map_err(|e| host_failed(&HostError::io("list the last copies", e)))?;
    copies.truncate(MOST);
    Ok(Answer::LastCopies { copies, days: d.config.last_copy_days })
}
