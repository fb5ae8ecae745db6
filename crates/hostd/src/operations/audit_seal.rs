//! Seals of the panel's audit trail.

use crate::daemon::Daemon;
use crate::state::seals::Refused;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::audit::AuditHash;

pub(super) fn seal(d: &Daemon, id: i64, hash: AuditHash) -> Result<Answer, OperationError> {
    let refused = match d.seals.seal(id, hash, d.now()) {
        Ok(seal) => return Ok(Answer::AuditSealed { key: d.seals.key(), seal: Some(seal) }),
        Err(refused) => refused,
    };
    let (code, message) = match &refused {
        Refused::NoRow => (ErrorCode::Invalid, "rows are counted from 1"),
        Refused::Earlier => (ErrorCode::Conflict, "a later row of the audit trail is sealed already"),
        Refused::Another => (ErrorCode::Conflict, "this row of the audit trail is sealed with another hash: the trail was written anew"),
        Refused::Failed(error) => {
            tracing::error!(error, "the seal of the audit trail cannot be written");
            (ErrorCode::HostFailed, "the seal could not be written down")
        }
    };
    if matches!(refused, Refused::Another) {
        tracing::error!(row = id, "the panel's audit trail is not the one that was sealed");
    }
    Err(OperationError::new(code, message).field("id"))
}

pub(super) fn sealed(d: &Daemon) -> Answer {
    Answer::AuditSealed { key: d.seals.key(), seal: d.seals.last() }
}
