//! The copy of the audit trail in a file, one JSON object a line: what an administrator ships elsewhere. It follows the database:
//! a row appears there after its commit, and what was missed while the panel or the disk was away is made up for.

use crate::views;
use nusantara_jobs::Tasks;
use nusantara_store::Store;
use nusantara_types::audit::AuditSeal;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Rows read at once.
const PAGE: u64 = 200;
/// Pause after a failure, and between two looks at what other panels wrote.
const PAUSE: Duration = Duration::from_secs(10);

/// Where the copy is and how far it has come.
#[derive(Debug, Clone)]
pub(crate) struct AuditCopy {
    file: PathBuf,
    /// Holds the id of the last row copied. Beside the database, because the copy itself is rotated away.
    mark: PathBuf,
    /// Rows and seals are written one after the other.
    turn: Arc<Mutex<()>>,
}

impl AuditCopy {
    /// The copy at `file`, with its mark in `state_dir`.
    pub(crate) fn new(file: &Path, state_dir: &Path) -> Self {
        Self { file: file.to_owned(), mark: state_dir.join("audit-copied"), turn: Arc::default() }
    }

    /// Follows the trail until the process ends.
    pub(crate) async fn follow(self, store: Store, tasks: Tasks) {
        let mut complained = false;
        loop {
            let caught_up = self.catch_up(&store).await;
            let failed = caught_up.is_err();
            if let Err(error) = caught_up
                && !complained
                && !store.is_away()
            {
                tracing::warn!(file = %self.file.display(), error, "the audit trail cannot be copied; the database has it");
            }
            complained = failed;
            tokio::select! {
                () = store.audited(), if !failed => {}
                // Rows of other panels come without a word.
                () = tokio::time::sleep(PAUSE), if failed || store.is_shared() => {}
                () = tasks.stopped() => {
                    // The last rows of this process.
                    let _ = self.catch_up(&store).await;
                    return;
                }
            }
        }
    }

    /// Adds a seal: a line `{"seal": …}` between the rows.
    pub(crate) fn append_seal(&self, seal: &AuditSeal) -> std::io::Result<()> {
        let mut line = serde_json::json!({ "seal": seal }).to_string();
        line.push('\n');
        self.write(line.as_bytes())
    }

    /// Appends whole lines or nothing.
    fn write(&self, lines: &[u8]) -> std::io::Result<()> {
        // Who died holding it left at most half a line, which is cut off below.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o640).open(&self.file)?;
        let whole = whole_lines(&mut file)?;
        // Half a line, which a full disk or a power cut leaves, must not become the beginning of the next one.
        file.set_len(whole)?;
        file.write_all(lines).and_then(|()| file.sync_data()).inspect_err(|_| drop(file.set_len(whole)))
    }

    async fn catch_up(&self, store: &Store) -> Result<(), String> {
        let mut last = std::fs::read_to_string(&self.mark).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        loop {
            let rows = store.audit_after(last, PAGE).await.map_err(|e| e.to_string())?;
            let Some(newest) = rows.last().map(|row| row.id) else { return Ok(()) };
            let mut lines = Vec::new();
            for row in rows {
                serde_json::to_writer(&mut lines, &views::jobs::audit(row)).map_err(|e| e.to_string())?;
                lines.push(b'\n');
            }
            self.append(&lines, newest).map_err(|e| e.to_string())?;
            last = newest;
        }
    }

    /// Appends, then notes how far it came. Dying in between repeats a few lines, which their ids show; it never loses one.
    fn append(&self, lines: &[u8], newest: i64) -> std::io::Result<()> {
        self.write(lines)?;
        let temporary = self.mark.with_extension("tmp");
        let mut mark = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        writeln!(mark, "{newest}")?;
        // An empty mark would copy the whole trail again.
        mark.sync_data()?;
        std::fs::rename(&temporary, &self.mark)
    }
}

/// How long the file is up to the end of its last whole line. A line is far shorter than what is looked at.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    const LOOK: u64 = 1024 * 1024;
    let length = file.metadata()?.len();
    let from = length.saturating_sub(LOOK);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(tail.iter().rposition(|b| *b == b'\n').map_or(from, |at| from + at as u64 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_store::{AuditEvent, AuditPhase};
    use nusantara_types::{Actor, Clock, SystemClock};

    async fn row(store: &Store) {
        let tx = store.begin().await.unwrap();
        let event = AuditEvent {
            actor: &Actor::root(),
            action: "auth.login",
            phase: AuditPhase::Success,
            target_type: "login",
            target_id: "root",
            request_id: "r",
            metadata: serde_json::json!({}),
        };
        tx.audit_append(event, SystemClock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn the_copy_continues_where_it_stopped_and_survives_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/p.db", folder.path().display())).await.unwrap();
        let file = folder.path().join("audit.jsonl");
        let copy = AuditCopy::new(&file, folder.path());
        let ids = || -> Vec<i64> {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_i64().unwrap()).collect()
        };
        row(&store).await;
        row(&store).await;
        copy.catch_up(&store).await.unwrap();
        copy.catch_up(&store).await.unwrap();
        assert_eq!(ids(), [1, 2]);
        std::fs::rename(&file, folder.path().join("audit.jsonl.1")).unwrap();
        row(&store).await;
        AuditCopy::new(&file, folder.path()).catch_up(&store).await.unwrap();
        assert_eq!(ids(), [3]);
    }

    #[tokio::test]
    async fn half_a_line_goes_before_the_next_one_comes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/p.db", folder.path().display())).await.unwrap();
        let file = folder.path().join("audit.jsonl");
        row(&store).await;
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&file)
            .and_then(|mut f| f.write_all(b"{\"id\":0}\n{\"id\":1,\"ac"))
            .unwrap();
        AuditCopy::new(&file, folder.path()).catch_up(&store).await.unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let ids: Vec<_> = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].clone()).collect();
        assert_eq!(ids, [0, 1]);
    }
}
