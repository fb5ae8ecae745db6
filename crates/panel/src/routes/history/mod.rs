//! The past of an account's spec.

pub(crate) mod diff;
pub(crate) mod list;
pub(crate) mod plan;
pub(crate) mod rollback;

use crate::host::HostError;
use crate::http::ApiError;
use nusantara_api::ProblemCode;
use nusantara_proto::host::{ErrorCode, OperationError};

/// Why a spec from another time or place cannot be: in the host's words, since it is no name that the caller has just chosen.
pub(crate) fn cannot_be(error: HostError) -> ApiError {
    match error {
        HostError::Refused(OperationError { code: ErrorCode::Conflict, field, message, .. }) => {
            ApiError::new(ProblemCode::NameTaken, message.clone()).field(field.unwrap_or_else(|| "request".to_owned()), message)
        }
        HostError::Refused(OperationError { code: ErrorCode::NotFound, field: Some(field), message, .. }) if field == "revision" => {
            ApiError::invalid(field, message)
        }
        error => error.into(),
    }
}
