//! The audit trail.

use crate::request::add_query;
use crate::{Client, Error};
use nusantara_api::Page;
use nusantara_api::audit::{AuditBegin, AuditBegun, AuditEntry, AuditExportQuery, AuditQuery, AuditVerdict};
use reqwest::Method;

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

    /// `GET /api/v1/audit-logs/verify`: the whole trail, checked by the panel.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn audit_verify(&self) -> Result<AuditVerdict, Error> {
        self.get(&["api", "v1", "audit-logs", "verify"]).await
    }

    /// `POST /api/v1/audit-logs/begin-anew`; for root at the local socket.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn audit_begin_anew(&self, begin: &AuditBegin) -> Result<AuditBegun, Error> {
        self.post(&["api", "v1", "audit-logs", "begin-anew"], begin).await
    }

    /// `GET /api/v1/audit-logs/export`: the trail as a file, handed to `sink` in pieces as they come; it ends early when `sink` says
    /// `false`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn audit_export(&self, query: &AuditExportQuery, mut sink: impl FnMut(&[u8]) -> bool) -> Result<(), Error> {
        let mut url = self.url(&["api", "v1", "audit-logs", "export"]);
        add_query(&mut url, query)?;
        let mut response = self.send(self.request(Method::GET, url)).await?;
        while let Some(chunk) = self.chunk(&mut response).await? {
            if !sink(&chunk) {
                break;
            }
        }
        Ok(())
    }
}
