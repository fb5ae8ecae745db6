//! The copy of the audit trail in a file, one JSON object a line: what an administrator ships elsewhere. It follows the database:
//! a row appears there after its commit, and what was missed while the panel or the disk was away is made up for.

use crate::views;
use nusantara_jobs::Tasks;
use nusantara_store::Store;
use nusantara_types::audit::AuditSeal;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Rows read at once.
const PAGE: u64 = 200;
/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(10);

/// Where the copy is and how far it has come.
#[derive(Debug, Clone)]
pub(crate) struct AuditCopy {
    file: PathBuf,
    /// Holds the id of the last row copied. Beside the database, because the copy itself is rotated away.
    mark: PathBuf,
}

impl AuditCopy {
    /// The copy at `file`, with its mark in `state_dir`.
    pub(crate) fn new(file: &Path, state_dir: &Path) -> Self {
        Self { file: file.to_owned(), mark: state_dir.join("audit-copied") }
    }

    /// Follows the trail until the process ends.
    pub(crate) async fn follow(self, store: Store, tasks: Tasks) {
        let mut complained = false;
        loop {
            let caught_up = self.catch_up(&store).await;
            let failed = caught_up.is_err();
            if let Err(error) = caught_up
                && !complained
            {
                tracing::warn!(file = %self.file.display(), error, "the audit trail cannot be copied; the database has it");
            }
            complained = failed;
            tokio::select! {
                () = store.audited(), if !failed => {}
                () = tokio::time::sleep(PAUSE), if failed => {}
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
        let mut file = self.open()?;
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }

    fn open(&self) -> std::io::Result<std::fs::File> {
        std::fs::OpenOptions::new().append(true).create(true).mode(0o640).open(&self.file)
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
        let mut file = self.open()?;
        file.write_all(lines)?;
        file.sync_data()?;
        let temporary = self.mark.with_extension("tmp");
        let mut mark = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        writeln!(mark, "{newest}")?;
        std::fs::rename(&temporary, &self.mark)
    }
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
}
