//! What a job remembers between being asked for and being carried out.

use nusantara_proto::host::Operation;
use nusantara_store::{JobRecord, StoreError};
use nusantara_types::SiteId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The payload of every kind. It holds no secrets: what an operation has of them is withheld here, and kept in memory until it is
/// carried out ([`Host::withhold`](crate::host::Host::withhold)).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payload {
    /// What the host daemon is asked to do.
    pub(crate) operation: Operation,
    /// The site's row, for jobs about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<SiteId>,
    /// Whether the account was suspended, for jobs that put it into a state of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) suspended: bool,
    /// Whether the operation is not all here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) withheld: bool,
}

impl Payload {
    /// Of a job that needs nothing else to be remembered.
    pub(crate) fn of(operation: Operation) -> Self {
        let written = operation.without_secrets();
        Self { withheld: written != operation, operation: written, site: None, suspended: false }
    }

    /// As it is stored.
    pub(crate) fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Out of a job.
    pub(crate) fn read(job: &JobRecord) -> Result<Self, StoreError> {
        serde_json::from_value(job.payload.clone()).map_err(|e| StoreError::Corrupt { what: "job payload", why: e.to_string() })
    }
}
