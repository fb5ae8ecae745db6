//! The audit trail as a file, oldest row first, streamed: its length is not limited by memory.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::ApiResult;
use crate::http::extract::ApiQuery;
use crate::http::problem::Problems;
use crate::routes::at_once::seen;
use crate::views;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use nusantara_api::audit::{AuditEntry, AuditExportQuery, AuditFormat};
use nusantara_store::{AuditFilter, Store};

/// Rows read at once.
const PAGE: u64 = 500;
/// The first line of a table.
const COLUMNS: [&str; 11] =
    ["id", "created_at", "actor", "action", "phase", "target_type", "target_id", "request_id", "metadata", "prev_hash", "hash"];

/// The audit trail as a file, oldest first.
#[utoipa::path(
    get,
    path = "/audit-logs/export",
    operation_id = "audit_export",
    tag = "audit",
    params(AuditExportQuery),
    responses(
        (status = 200, description = "JSON lines, or a table as CSV", body = String, content_type = "application/jsonl"),
        Problems
    )
)]
pub(crate) async fn export(State(app): State<App>, caller: Caller, ApiQuery(query): ApiQuery<AuditExportQuery>) -> ApiResult<Response> {
    seen(&app, &caller, "audit.export", ("audit", "trail")).await?;
    let AuditExportQuery { format, actor, action, target, since, until } = query;
    let filter = AuditFilter { before: None, actor, action, target, since, until };
    let (kind, name) = match format {
        AuditFormat::Jsonl => ("application/jsonl", "attachment; filename=\"audit.jsonl\""),
        AuditFormat::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"audit.csv\""),
    };
    let body = Body::from_stream(stream::try_unfold(Some(0), move |after| {
        let (store, filter) = (app.store.clone(), filter.clone());
        async move {
            let Some(after) = after else { return Ok::<_, std::io::Error>(None) };
            page(&store, &filter, format, after).await.map(Some).map_err(std::io::Error::other)
        }
    }));
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], body).into_response())
}

/// The rows after one as text, and where to go on.
async fn page(store: &Store, filter: &AuditFilter, format: AuditFormat, after: i64) -> Result<(Vec<u8>, Option<i64>), String> {
    let rows = store.audit_export(filter, after, PAGE).await.map_err(|e| e.to_string())?;
    let next = rows.last().map(|row| row.id);
    let rows = rows.into_iter().map(views::jobs::audit);
    let text = match format {
        AuditFormat::Jsonl => lines(rows)?,
        AuditFormat::Csv => table(rows, after == 0)?,
    };
    Ok((text, next))
}

fn lines(rows: impl Iterator<Item = AuditEntry>) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut out, &row).map_err(|e| e.to_string())?;
        out.push(b'\n');
    }
    Ok(out)
}

fn table(rows: impl Iterator<Item = AuditEntry>, head: bool) -> Result<Vec<u8>, String> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if head {
        out.write_record(COLUMNS).map_err(|e| e.to_string())?;
    }
    for row in rows {
        let cells = [
            row.id.to_string(),
            row.created_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            row.actor,
            row.action,
            row.phase,
            row.target_type,
            row.target_id,
            row.request_id,
            row.metadata.to_string(),
            row.prev_hash,
            row.hash,
        ];
        out.write_record(cells.map(harmless)).map_err(|e| e.to_string())?;
    }
    out.into_inner().map_err(|e| e.to_string())
}

/// A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection").
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_formula_stays_a_name() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(harmless("joko".into()), "joko");
        let row = AuditEntry {
            id: 1,
            actor: "=cmd()".into(),
            action: "auth.login".into(),
            phase: "failed".into(),
            target_type: "login".into(),
            target_id: "a,\"b\"".into(),
            request_id: "r".into(),
            metadata: serde_json::json!({}),
            created_at: chrono::DateTime::UNIX_EPOCH,
            prev_hash: String::new(),
            hash: "ab".into(),
        };
        let text = String::from_utf8(table([row].into_iter(), false).unwrap()).unwrap();
        assert_eq!(text, "1,1970-01-01T00:00:00.000000Z,'=cmd(),auth.login,failed,login,\"a,\"\"b\"\"\",r,{},,ab\r\n");
    }
}
