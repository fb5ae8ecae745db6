//! Backup and restore of what the panel itself knows: its database, its configuration, its keys, and the copy of its audit trail.
//! Accounts and their files are not in it: they are the host's.

use super::archive::{FORM, FileDigest, Head, Line, Reader, Writer, part};
use super::{Lines, Summary, Upkeep, first_line};
use crate::config::Config;
use nusantara_store::{PortableRow, Progress, Store, StoreError, TableDigest, Tally};
use nusantara_types::{Clock, SystemClock};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Stdin, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The configuration as it was, for whoever restores to look at.
const CONFIG: &str = "panel.toml";
/// The copy of the audit trail as it was.
const TRAIL: &str = "audit.jsonl";
/// The panel's keys.
const SECRETS: &str = "secrets.key";
/// The folder of its certificate.
const TLS: &str = "tls/";

/// Writes everything to standard output. The panel may go on meanwhile: what is written is one moment of the database.
pub(super) async fn backup(config: &Config, config_file: &Path) -> Result<(), String> {
    let mut lines = Lines::of(Upkeep::StateBackup);
    let store = Store::open(&config.database_url).await.map_err(|e| format!("The panel's database cannot be opened: {e}"))?;
    // No row, no backup: it holds keys.
    super::note(&store, "state.backup", json!({})).await?;
    let mut out = Writer::new(BufWriter::new(std::io::stdout()));
    let lost = |e: std::io::Error| format!("The backup cannot be written: {e}");
    let head = Head {
        form: FORM.to_owned(),
        made_at: SystemClock.now(),
        panel: env!("CARGO_PKG_VERSION").to_owned(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
    };
    out.line(&Line::Head(head)).map_err(lost)?;
    // The files first: keys are there before what was encrypted with them.
    let mut files = Vec::new();
    for (name, path) in sources(config, config_file).map_err(|e| e.to_string())? {
        match File::open(&path) {
            Ok(file) => files.push(out.file(&name, file).map_err(lost)?),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(format!("{}: {e}", path.display())),
        }
    }
    let snapshot = store.snapshot().await.map_err(|e| e.to_string())?;
    let mut tables = Vec::new();
    for table in Store::tables() {
        let columns = table.columns().into_iter().map(str::to_owned).collect();
        out.line(&Line::Table { name: table.name().to_owned(), columns }).map_err(lost)?;
        let mut failed = Ok(());
        let rows = async |rows: &[PortableRow]| {
            failed = rows.iter().try_for_each(|row| out.line(&Line::Row(row.clone())));
            failed.as_ref().copied().map_err(|_| StoreError::Stale("the backup"))
        };
        let digest = snapshot.each(&table, "backup", &mut |at| lines.progress(at), rows).await;
        failed.map_err(lost)?;
        tables.push(digest.map_err(|e| e.to_string())?);
    }
    let summary = json!({ "done": { "tables": tables.len(), "rows": tables.iter().map(|t| t.rows).sum::<u64>(), "files": files.len() } });
    out.line(&Line::Amount { tables, files }).map_err(lost)?;
    out.end().map_err(lost)?;
    lines.say(&summary)
}

/// What else belongs to the state: the name in the backup, and where it is.
fn sources(config: &Config, config_file: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let mut files = vec![
        (CONFIG.to_owned(), config_file.to_owned()),
        (SECRETS.to_owned(), config.state_dir.join(SECRETS)),
        (TRAIL.to_owned(), config.audit_file.clone()),
    ];
    let mut certificates = Vec::new();
    for entry in std::fs::read_dir(config.state_dir.join(TLS)).into_iter().flatten() {
        let entry = entry?;
        if let (true, Some(name)) = (entry.file_type()?.is_file(), entry.file_name().to_str()) {
            certificates.push((format!("{TLS}{name}"), entry.path()));
        }
    }
    certificates.sort();
    files.extend(certificates.into_iter().filter(|(name, _)| place(name).is_some()));
    Ok(files)
}

/// Where a file of a backup goes in the restored folder; none for a name that no backup of ours has.
fn place(name: &str) -> Option<PathBuf> {
    let plain =
        |name: &str| !name.is_empty() && !name.starts_with('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    match name {
        CONFIG | SECRETS | TRAIL => Some(name.into()),
        _ => name.strip_prefix(TLS).filter(|rest| plain(rest)).map(|rest| Path::new(TLS).join(rest)),
    }
}

/// Where what is restored is made ready; root has made the folder, and puts it into the place of the panel's own.
fn staging(config: &Config) -> PathBuf {
    config.state_dir.with_extension("restored")
}

/// Reads a backup from standard input into an empty database and the folder beside the panel's own.
pub(super) async fn restore(config: &Config) -> Result<(), String> {
    let url = first_line()?;
    let folder = staging(config);
    let url = if url.is_empty() { format!("sqlite://{}/panel.db", folder.display()) } else { url };
    let mut lines = Lines::of(Upkeep::StateRestore);
    let target = Store::open(&url).await.map_err(|e| format!("The database cannot be opened: {e}"))?;
    let taken = take(&target, &folder, &mut |at| lines.progress(at)).await?;
    let found = target.digests("check", &mut |at| lines.progress(at)).await.map_err(|e| e.to_string())?;
    if let Some(other) = taken.tables.iter().find(|table| !found.contains(table)) {
        return Err(format!("What arrived in the table {} is not what was in the backup.", other.table));
    }
    let last = target.audit_end().await.map_err(|e| e.to_string())?.map_or(0, |(id, _)| id);
    super::note(&target, "state.restore", json!({ "made_at": taken.head.made_at, "host": taken.head.host })).await?;
    let trail = target.audit_verify(None).await.map_err(|e| e.to_string())?;
    // The copy of the trail goes on behind what it has.
    write(&folder.join("audit-copied"), format!("{last}\n").as_bytes()).map_err(|e| e.to_string())?;
    target.close().await;
    let rows = found.iter().map(|table| table.rows).sum();
    let (trail_rows, trail_broken) = (trail.as_ref().ok().map(|trail| trail.rows), trail.as_ref().err().map(ToString::to_string));
    let summary = Summary { tables: found.len(), rows, trail_rows, trail_broken, was_there: false, digests: &found };
    lines.say(&json!({ "done": summary, "made_at": taken.head.made_at, "host": taken.head.host, "panel": taken.head.panel }))
}

/// What was read.
struct Taken {
    head: Head,
    /// As they are in the database now, which may have more columns than the backup.
    tables: Vec<TableDigest>,
}

/// Reads the whole backup; the database is filled only when its end was seen and fits.
async fn take(target: &Store, folder: &Path, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<Taken, String> {
    let mut reader = Reader::new(BufReader::new(std::io::stdin()));
    let Line::Head(head) = reader.next()? else { return Err("This is no backup of the panel's state.".to_owned()) };
    if head.form != FORM {
        return Err(format!("The backup has the form {}; this panel reads {FORM}.", head.form));
    }
    let filling = target.fill().await.map_err(|e| super::sentence(&e))?;
    let known = Store::tables();
    let (mut read, mut tables, mut files) = (Vec::new(), Vec::new(), Vec::new());
    let mut line = reader.next()?;
    loop {
        line = match line {
            Line::Table { name, columns } => {
                let table = known.iter().find(|table| table.name() == name);
                let table = table.ok_or_else(|| format!("The backup has a table {name}: it was made by a newer panel."))?;
                let (mut inside, mut fitted) = (Tally::default(), Tally::default());
                let next = loop {
                    let (rows, next) = page(&mut reader)?;
                    rows.iter().for_each(|row| inside.add(row));
                    let rows =
                        rows.into_iter().map(|row| table.fit(&columns, row)).collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
                    rows.iter().for_each(|row| fitted.add(row));
                    filling.add(table, &rows).await.map_err(|e| e.to_string())?;
                    let done = fitted.of(table).rows;
                    tell(Progress { step: "restore", table: table.name(), rows: done, of: done });
                    if let Some(next) = next {
                        break next;
                    }
                };
                read.push(inside.of(table));
                tables.push(fitted.of(table));
                next
            }
            Line::File { name } => {
                let path = place(&name).ok_or_else(|| format!("The backup has a file {name}, which no backup of the panel has."))?;
                let (digest, next) = file(&mut reader, &name, &folder.join(path))?;
                files.push(digest);
                next
            }
            Line::Amount { tables: all, files: every } => {
                if all != read || every != files {
                    return Err("The backup does not hold what its end says.".to_owned());
                }
                let Line::Digest(_) = reader.next()? else { return Err("The end of the backup is missing.".to_owned()) };
                filling.commit().await.map_err(|e| e.to_string())?;
                return Ok(Taken { head, tables });
            }
            _ => return Err("The lines of the backup are not in their order.".to_owned()),
        }
    }
}

type Input = Reader<BufReader<Stdin>>;

/// Some rows, and the line behind them when they were the last.
fn page(reader: &mut Input) -> Result<(Vec<PortableRow>, Option<Line>), String> {
    let mut rows = Vec::new();
    while rows.len() < 1_000 {
        match reader.next()? {
            Line::Row(row) => rows.push(row),
            other => return Ok((rows, Some(other))),
        }
    }
    Ok((rows, None))
}

fn file(reader: &mut Input, name: &str, path: &Path) -> Result<(FileDigest, Line), String> {
    if let Some(parent) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(|e| e.to_string())?;
    }
    let say = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(say)?;
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    loop {
        match reader.next()? {
            Line::Part(text) => {
                let part = part(&text)?;
                digest.update(&part);
                bytes += part.len() as u64;
                out.write_all(&part).map_err(say)?;
            }
            other => {
                out.sync_all().map_err(say)?;
                return Ok((FileDigest { name: name.to_owned(), bytes, sha256: hex::encode(digest.finalize()) }, other));
            }
        }
    }
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    out.write_all(content)?;
    out.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_backup_go_nowhere_else() {
        assert_eq!(place("tls/key.pem"), Some("tls/key.pem".into()));
        for name in ["", "tls/", "tls/../x", "tls/.x", "/etc/passwd", "../x", "panel.db", "tls/a/b"] {
            assert_eq!(place(name), None, "{name}");
        }
    }
}
