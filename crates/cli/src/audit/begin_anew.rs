//! `nusantara audit begin-anew`: the way on for a panel whose database is not the one that the host sealed. What was sealed is kept, and
//! that it was put aside, by whom and why, is the first row of what comes.

use crate::context::Context;
use crate::failure::Failure;
use crate::show::{Line, Style};
use crate::upkeep::{Installed, Stopped, beside, local, put_copy_aside, restart_host_daemon};
use clap::Args;
use nusantara_client::api::audit::AuditBegin;
use nusantara_client::types::audit::AuditSeal;
use serde::Serialize;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Every seal that the host gave.
const SEALS: &str = "/var/lib/nusantara-hostd/audit-seals.jsonl";

/// `audit begin-anew`.
#[derive(Debug, Args)]
pub(crate) struct BeginAnew {
    /// Why, in one line; it is written into the trail
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What was done.
#[derive(Debug, Serialize)]
struct Done {
    row: i64,
    sealed: bool,
    sealed_before: Option<i64>,
    kept: Vec<PathBuf>,
}

pub(super) async fn run(arguments: BeginAnew, context: &Context) -> Result<(), Failure> {
    let BeginAnew { reason, yes } = arguments;
    // Only the owner of the host reaches its seals; whoever has only the panel cannot undo what was sealed.
    Installed::find()?;
    if context.client.audit_verify().await?.intact {
        return Err(Failure::Refused(
            "The audit trail holds, up to the last row that the host sealed: there is nothing to begin anew.".to_owned(),
        ));
    }
    context.demand_yes(yes, "begin anew")?;
    if !yes {
        context
            .aside(|page| page.line("The host's seals of the old trail are put aside; from then on they no longer hold the panel to it."));
        context.confirm("begin anew")?;
    }
    let last = last_seal()?;
    let stamp = context.now().format("%Y%m%dT%H%M%SZ").to_string();
    let kept = put_aside(&stamp)?;
    let begin =
        AuditBegin { reason, sealed_row: last.as_ref().map(|seal| seal.id), sealed_hash: last.as_ref().map(|seal| seal.hash.to_string()) };
    let begun = context.client.audit_begin_anew(&begin).await?;
    let done = Done { row: begun.row, sealed: begun.sealed, sealed_before: begin.sealed_row, kept };
    context.result(&done, |page| {
        page.line(Line::new(Style::Good, &format!("The trail goes on from row {}, which says that it begins anew.", done.row)));
        if !done.sealed {
            page.line(Line::new(Style::Attention, "The host has not sealed it yet; it is tried again."));
        }
        for path in &done.kept {
            page.line(format!("Kept: {}", path.display()));
        }
    })
}

fn last_seal() -> Result<Option<AuditSeal>, Failure> {
    let text = match std::fs::read_to_string(SEALS) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|e| local(Path::new(SEALS), &e))?,
    };
    Ok(text.lines().rev().find_map(|line| serde_json::from_str(line).ok()))
}

/// Puts seals and the copy of the trail aside, while neither daemon writes; both start again whatever happens.
fn put_aside(stamp: &str) -> Result<Vec<PathBuf>, Failure> {
    let stopped = Stopped::stop()?;
    // Its rows do not go on in the new trail. Should this fail, the host still holds the panel to its seals.
    let mut kept: Vec<PathBuf> = put_copy_aside(stamp)?.into_iter().collect();
    let seals = beside(SEALS, stamp);
    match std::fs::rename(SEALS, &seals) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        renamed => {
            renamed.map_err(|e| local(Path::new(SEALS), &e))?;
            kept.push(seals);
        }
    }
    // What it signed last is in its memory.
    restart_host_daemon()?;
    drop(stopped);
    Ok(kept)
}
