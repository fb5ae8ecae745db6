//! Crash tests kill this process at a point of their choice. Debug builds only; a release build has none of it.
//!
//! The file holds lines `kill nusantarad OPERATION POINT before|after`. The process takes the matching line out, durably, and
//! ends itself with SIGKILL when it gets there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// On which side of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before it takes effect.
    Before,
    /// After it took effect.
    After,
}

impl When {
    const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// Where a test may ask for an end.
#[derive(Debug, Clone, Default)]
pub struct Failpoints {
    file: Option<PathBuf>,
}

/// How long the process lives on at the early points, where the answer that announces the job may still be under way: a test
/// could not learn the job's id otherwise.
const LET_THE_ANSWER_OUT: Duration = Duration::from_millis(100);

/// Short names of the kinds, the same that the host daemon's crash tests use.
const OPERATIONS: [(&str, &str); 4] =
    [("account.create", "create"), ("account.delete", "delete"), ("site.create", "site_add"), ("site.delete", "site_remove")];

impl Failpoints {
    /// Reads the file `failpoints` in this folder, in debug builds.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { file: cfg!(debug_assertions).then(|| folder.join("failpoints")) }
    }

    /// The short name of a kind.
    #[must_use]
    pub fn operation(kind: &str) -> &str {
        OPERATIONS.iter().find(|(long, _)| *long == kind).map_or(kind, |(_, short)| short)
    }

    /// Ends the process here when a test asked for it.
    pub fn reach(&self, kind: &str, point: &str, when: When) {
        if self.take(kind, point, when) {
            die();
        }
    }

    /// The same for the points right after a job was accepted.
    pub async fn reach_early(&self, kind: &str, point: &str, when: When) {
        if self.take(kind, point, when) {
            tokio::time::sleep(LET_THE_ANSWER_OUT).await;
            die();
        }
    }

    fn take(&self, kind: &str, point: &str, when: When) -> bool {
        let Some(file) = &self.file else { return false };
        let wanted = format!("kill nusantarad {} {point} {}", Self::operation(kind), when.word());
        let Ok(text) = std::fs::read_to_string(file) else { return false };
        if !text.lines().any(|line| line == wanted) {
            return false;
        }
        let rest: String = text.lines().filter(|line| *line != wanted).map(|line| format!("{line}\n")).collect();
        tracing::warn!(kind, point, when = when.word(), "killed here on request of a test");
        replace(file, rest.as_bytes()).is_ok()
    }
}

/// Without the durable removal the next process would die at the same point, for ever.
fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = file.with_extension("tmp");
    let mut out = std::fs::OpenOptions::new().create(true).truncate(true).write(true).open(&temporary)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(&temporary, file)?;
    std::fs::File::open(file.parent().unwrap_or(Path::new("/")))?.sync_all()
}

fn die() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fires_once_and_only_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let points = Failpoints::in_folder(folder.path());
        assert!(!points.take("account.create", "call", When::Before), "without a file nothing fires");
        let file = folder.path().join("failpoints");
        replace(&file, b"kill nusantarad create call before\nkill nusantarad create finish after\n").unwrap();
        assert!(!points.take("account.create", "call", When::After));
        assert!(!points.take("account.delete", "call", When::Before));
        assert!(points.take("account.create", "call", When::Before));
        assert!(!points.take("account.create", "call", When::Before));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "kill nusantarad create finish after\n");
    }
}
