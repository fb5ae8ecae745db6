//! What the ledger says of requests, for the panel to hold against its audit trail.

use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};

pub(super) fn run(d: &Daemon, from: Option<u64>) -> Result<Answer, OperationError> {
    match d.ledger.read(from) {
        Ok(page) => Ok(Answer::Ledger(page)),
        Err(error) => {
            tracing::error!(%error, "the ledger cannot be read");
            Err(OperationError::new(ErrorCode::HostFailed, "the ledger cannot be read"))
        }
    }
}
