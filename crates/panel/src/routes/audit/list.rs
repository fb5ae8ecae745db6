//! The audit trail, newest first.

use crate::app::App;
use crate::http::extract::ApiQuery;
use crate::http::problem::Problems;
use crate::http::{ApiResult, pages};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::Page;
use nusantara_api::audit::{AuditEntry, AuditQuery};
use nusantara_store::AuditFilter;

/// The audit trail, newest first.
#[utoipa::path(
    get,
    path = "/audit-logs",
    operation_id = "audit_list",
    tag = "audit",
    params(
        AuditQuery
    ),
    responses((status = 200, description = "One page", body = Page<AuditEntry>), Problems)
)]
pub(crate) async fn list(State(app): State<App>, ApiQuery(query): ApiQuery<AuditQuery>) -> ApiResult<Json<Page<AuditEntry>>> {
    let limit = pages::limit(query.limit)?;
    let before = pages::key(query.cursor.as_deref())?;
    let AuditQuery { actor, action, target, since, until, .. } = query;
    let filter = AuditFilter { before, actor, action, target, since, until };
    let rows = app.store.audit_list(&filter, limit as u64 + 1).await?;
    Ok(Json(pages::page(rows, limit, |row| row.id.to_string(), views::jobs::audit)))
}
