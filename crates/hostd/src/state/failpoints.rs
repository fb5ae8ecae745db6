//! Crash tests kill this daemon at a step of their choice. Only debug builds have it; a release build answers "no" to everything.
//!
//! `/run/nusantara-panel/failpoints` is root's file. A line `kill hostd create user.create before` makes the daemon take that
//! line out and SIGKILL itself when it gets there; a line `vhost-garbage DOMAIN` spoils that domain's vhost, and `web-gather 64` makes
//! one group of that many changes.

use std::path::Path;

const FILE: &str = "/run/nusantara-panel/failpoints";

/// Ends this process the hard way when a test asked for it at this point.
pub(crate) fn reached(operation: &str, step: &str, when: &str) {
    if cfg!(debug_assertions) && take(Path::new(FILE), &format!("kill hostd {operation} {step} {when}")) {
        tracing::warn!(operation, step, when, "killed here on request of a test");
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Whether a test wants this domain's vhost spoiled.
pub(crate) fn vhost_garbage(domain: &str) -> bool {
    cfg!(debug_assertions) && lines(Path::new(FILE)).iter().any(|line| line == &format!("vhost-garbage {domain}"))
}

/// How many changes a test wants in the next group of the web server's.
pub(crate) fn gather() -> Option<usize> {
    if !cfg!(debug_assertions) {
        return None;
    }
    let file = Path::new(FILE);
    let line = lines(file).into_iter().find(|line| line.starts_with("web-gather "))?;
    take(file, &line);
    line.rsplit_once(' ')?.1.parse().ok()
}

fn lines(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Takes a line out of the file, durably, so that the next run of the same step goes through.
fn take(file: &Path, wanted: &str) -> bool {
    let lines = lines(file);
    if !lines.iter().any(|line| line == wanted) {
        return false;
    }
    let rest: String = lines.iter().filter(|line| *line != wanted).map(|line| format!("{line}\n")).collect();
    let temporary = file.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        let mut out = std::fs::OpenOptions::new().create(true).truncate(true).write(true).open(&temporary)?;
        out.write_all(rest.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&temporary, file)
    };
    write().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{lines, take};

    #[test]
    fn a_line_fires_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("failpoints");
        assert!(!take(&file, "kill hostd create record before"));
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&file)
            .and_then(|mut f| std::io::Write::write_all(&mut f, b"a\nb\n"))
            .unwrap();
        assert!(take(&file, "a"));
        assert!(!take(&file, "a"));
        assert_eq!(lines(&file), ["b"]);
    }
}
