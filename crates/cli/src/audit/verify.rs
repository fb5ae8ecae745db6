//! `nusantara audit verify`: asks the panel, or checks files by itself, also on another machine and without a panel.

use crate::context::Context;
use crate::failure::Failure;
use crate::show::{Line, Page, Style, units};
use clap::Args;
use nusantara_client::api::audit::{AuditEntry, AuditJoin, AuditSide, AuditVerdict};
use nusantara_client::types::audit::{AuditBroken, AuditColumns, AuditSeal, AuditWalk, SealKey};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Where the host keeps the public key of its seals.
const KEY_FILE: &str = "/var/lib/nusantara-hostd/audit-seal.pub";

/// `audit verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Check these files instead of asking the panel: copies of audit.jsonl or exports, oldest first
    #[arg(long = "file", value_name = "FILE", num_args = 1..)]
    files: Vec<PathBuf>,
    /// The public key of the host's seals, in hex; on the host itself it is found
    #[arg(long, value_name = "HEX", requires = "files")]
    key: Option<SealKey>,
}

/// A line of a file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Seal { seal: AuditSeal },
    Row(Box<AuditEntry>),
}

pub(super) async fn run(arguments: Verify, context: &Context) -> Result<(), Failure> {
    let verdict = if arguments.files.is_empty() {
        context.client.audit_verify().await?
    } else {
        let key = match arguments.key {
            Some(key) => Some(key),
            None => std::fs::read_to_string(KEY_FILE).ok().and_then(|text| text.trim().parse().ok()),
        };
        files(&arguments.files, key.as_ref(), context)?
    };
    context.result(&verdict, |page| {
        if let (Some(row), Some(why)) = (verdict.broken_row, &verdict.broken_why) {
            page.line(Line::new(Style::Bad, &format!("The audit trail is broken at row {row}: {why}.")));
            return;
        }
        page.line(Line::new(Style::Good, &format!("The audit trail is intact: {} rows.", verdict.rows.unwrap_or_default())));
        match (verdict.sealed_row, verdict.sealed_at) {
            (Some(row), Some(at)) => {
                page.line(Line::new(Style::Dim, &format!("Sealed by the host up to row {row}, {}.", units::ago(at, context.now()))));
            }
            _ => page.line(Line::new(Style::Attention, "No seal was found: rows cut off at the end would not show.")),
        }
        if verdict.key.is_none() {
            page.line(Line::new(Style::Attention, "Without the host's key (--key), seals were only checked against the key they name."));
        }
        if let Some(join) = &verdict.join {
            show_join(join, context, page);
        }
    })?;
    let is_joined = verdict.join.as_ref().is_none_or(|join| join.halves.is_empty());
    if verdict.intact && is_joined { Ok(()) } else { Err(Failure::Check) }
}

fn show_join(join: &AuditJoin, context: &Context, page: &mut Page) {
    let Some(since) = join.since else { return };
    if join.halves.is_empty() {
        let since = units::ago(since, context.now());
        page.line(Line::new(Style::Good, &format!("The host's ledger has the same: {} operations since {since}.", join.operations)));
        return;
    }
    for half in &join.halves {
        let what = match half.side {
            AuditSide::Ledger => format!("{} was done on the host, and the trail does not know of it", half.what),
            AuditSide::Trail => {
                format!("row {} says that {} was done, and the host never heard of it", half.row.unwrap_or_default(), half.what)
            }
        };
        let when = units::ago(half.at, context.now());
        page.line(Line::new(Style::Bad, &format!("Without a partner: {what} ({when}, request {}).", half.request_id)));
    }
    if join.more > 0 {
        page.line(Line::new(Style::Bad, &format!("And {} more.", join.more)));
    }
}

fn files(paths: &[PathBuf], key: Option<&SealKey>, context: &Context) -> Result<AuditVerdict, Failure> {
    let found = walk(paths, key)?;
    let nothing = AuditVerdict {
        intact: false,
        rows: None,
        hash: None,
        broken_row: None,
        broken_why: None,
        sealed_row: None,
        sealed_at: None,
        key: key.map(ToString::to_string),
        join: None,
        checked_at: context.now(),
    };
    Ok(match found {
        Ok(Found { rows, hash, seal }) => AuditVerdict {
            intact: true,
            rows: Some(rows),
            hash: Some(hash),
            sealed_row: seal.as_ref().map(|seal| seal.id),
            sealed_at: seal.map(|seal| seal.sealed_at),
            ..nothing
        },
        Err(AuditBroken { row, why }) => AuditVerdict { broken_row: Some(row), broken_why: Some(why.to_owned()), ..nothing },
    })
}

/// A trail that holds.
struct Found {
    rows: i64,
    hash: String,
    seal: Option<AuditSeal>,
}

fn walk(paths: &[PathBuf], key: Option<&SealKey>) -> Result<Result<Found, AuditBroken>, Failure> {
    // Seals first: they stand somewhere behind their rows.
    let mut seals = BTreeMap::new();
    each(paths, |entry| {
        if let Entry::Seal { seal } = entry {
            seals.insert(seal.id, seal);
        }
        Ok(())
    })?
    .ok();
    let (mut rows, mut trail, mut sealed) = (0, AuditWalk::of_a_copy(), None);
    let walked = each(paths, |entry| {
        let Entry::Row(row) = entry else { return Ok(()) };
        let before = trail.last().map(|(id, _)| id);
        trail.take(&columns(&row, &row.metadata.to_string()), &row.hash)?;
        if trail.last().map(|(id, _)| id) == before {
            return Ok(());
        }
        rows += 1;
        if let Some(seal) = seals.get(&row.id) {
            seal.confirm(key.unwrap_or(&seal.key), row.id, Some(&row.hash))?;
            sealed = Some(seal.clone());
        }
        Ok(())
    })?;
    let (last, hash) = trail.last().map(|(id, hash)| (id, hash.to_owned())).unwrap_or_default();
    let after = seals.range(last + 1..).try_for_each(|(_, seal)| seal.confirm(key.unwrap_or(&seal.key), last, None));
    Ok(walked.and(after).map(|()| Found { rows, hash, seal: sealed }))
}

fn columns<'a>(row: &'a AuditEntry, metadata: &'a str) -> AuditColumns<'a> {
    AuditColumns {
        id: row.id,
        actor: &row.actor,
        action: &row.action,
        phase: &row.phase,
        target_type: &row.target_type,
        target_id: &row.target_id,
        request_id: &row.request_id,
        metadata,
        created_at: row.created_at,
        prev_hash: &row.prev_hash,
    }
}

fn each(paths: &[PathBuf], mut take: impl FnMut(Entry) -> Result<(), AuditBroken>) -> Result<Result<(), AuditBroken>, Failure> {
    for path in paths {
        let file = File::open(path).map_err(|e| unreadable(path, &e))?;
        for (number, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|e| unreadable(path, &e))?;
            let entry = serde_json::from_str(&line)
                .map_err(|_| Failure::Local(format!("{}, line {}: this is no row of an audit trail", path.display(), number + 1)))?;
            if let Err(broken) = take(entry) {
                return Ok(Err(broken));
            }
        }
    }
    Ok(Ok(()))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Local(format!("{}: {error}", path.display()))
}
