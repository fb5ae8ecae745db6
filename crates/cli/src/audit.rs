//! `nusantara audit`.

mod begin_anew;
mod export;
mod verify;

use crate::context::{Context, Items};
use crate::failure::Failure;
use crate::show::{Column, Line, Style, Table, units};
use begin_anew::BeginAnew;
use clap::{Args, Subcommand};
use export::Export;
use nusantara_client::api::audit::AuditQuery;
use nusantara_client::types::Timestamp;
use verify::Verify;

/// What can be done with the audit trail.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List the newest rows: what was begun, by whom, and how it ended
    #[command(visible_alias = "ls")]
    List(List),
    /// Check that no row was changed, removed, put in or cut off
    Verify(Verify),
    /// Begin a new trail where the database was replaced by an older or an empty one; for root on the panel's host
    BeginAnew(BeginAnew),
    /// Write the rows as JSON lines or as a table, oldest first
    Export(Export),
}

/// `audit list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only what this user did
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Only this action, such as account.create
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only what was done to this account or domain
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Only from this time on, such as 2026-11-21T08:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

pub(crate) async fn run(command: AuditCommand, context: &Context) -> Result<(), Failure> {
    match command {
        AuditCommand::List(arguments) => list(arguments, context).await,
        AuditCommand::Verify(arguments) => verify::run(arguments, context).await,
        AuditCommand::BeginAnew(arguments) => begin_anew::run(arguments, context).await,
        AuditCommand::Export(arguments) => export::run(arguments, context).await,
    }
}

async fn list(arguments: List, context: &Context) -> Result<(), Failure> {
    let List { actor, action, target, since, until, limit } = arguments;
    let filter = AuditQuery { actor, action, target, since, until, ..AuditQuery::default() };
    let rows = context.client.audit_list(&filter, limit).await?;
    let now = context.now();
    context.result(&Items { items: &rows }, |page| {
        let mut table = Table::new([
            Column::new("#").number().spare(3),
            Column::new("WHEN"),
            Column::new("ACTOR"),
            Column::new("ACTION"),
            Column::new("TARGET").flexible(),
            Column::new("PHASE"),
            Column::new("REQUEST").spare(4),
        ]);
        for row in &rows {
            table.row([
                row.id.to_string().into(),
                units::ago(row.created_at, now).into(),
                Line::new(Style::Strong, &row.actor),
                row.action.as_str().into(),
                row.target_id.as_str().into(),
                phase(&row.phase),
                Line::new(Style::Dim, &row.request_id),
            ]);
        }
        page.table(&table, "No rows.");
    })
}

fn phase(phase: &str) -> Line {
    let style = match phase {
        "success" => Style::Good,
        "failed" => Style::Bad,
        "interrupted" => Style::Attention,
        _ => Style::Dim,
    };
    Line::new(style, phase)
}
