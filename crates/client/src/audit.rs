//! The audit trail.

use crate::{Client, Error};
use nusantara_api::Page;
use nusantara_api::audit::{AuditEntry, AuditQuery};

impl Client {
    /// `GET /api/v1/audit-logs`: one page, newest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn audit_page(&self, query: &AuditQuery) -> Result<Page<AuditEntry>, Error> {
        self.get_with(&["api", "v1", "audit-logs"], query).await
    }

    /// The newest `limit` rows that `filter` lets through; its cursor and limit are not looked at.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn audit_list(&self, filter: &AuditQuery, limit: usize) -> Result<Vec<AuditEntry>, Error> {
        self.collect(limit, async |cursor, limit| self.audit_page(&AuditQuery { cursor, limit: Some(limit), ..filter.clone() }).await).await
    }
}
