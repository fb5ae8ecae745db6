//! `nusantara audit export`.

use crate::context::Context;
use crate::failure::Failure;
use clap::{Args, ValueEnum};
use nusantara_client::api::audit::{AuditExportQuery, AuditFormat};
use nusantara_client::types::Timestamp;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// How rows are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// One JSON object a line; what `audit verify --file` checks
    Jsonl,
    /// For spreadsheets; what would be a formula there is not one
    Csv,
}

/// `audit export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// How rows are written
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
    /// Into this file, which must not be there yet, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
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
}

pub(super) async fn run(arguments: Export, context: &Context) -> Result<(), Failure> {
    let Export { format, output, actor, action, target, since, until } = arguments;
    let format = match format {
        Format::Jsonl => AuditFormat::Jsonl,
        Format::Csv => AuditFormat::Csv,
    };
    let mut out: Box<dyn Write> = match &output {
        Some(path) => {
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            Box::new(file.map_err(|e| Failure::Local(format!("{}: {e}", path.display())))?)
        }
        None => Box::new(io::stdout().lock()),
    };
    let mut written = Ok(());
    let query = AuditExportQuery { format, actor, action, target, since, until };
    context
        .client
        .audit_export(&query, |bytes| {
            written = out.write_all(bytes);
            written.is_ok()
        })
        .await?;
    match written.and_then(|()| out.flush()) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(Failure::ClosedPipe),
        Err(e) => Err(Failure::Local(e.to_string())),
        Ok(()) => Ok(()),
    }
}
