//! Tests let the disk of the host daemon fail: at the n-th write, fsync, rename, folder, link or started program from when they
//! said so. Only debug builds have it, and only in the daemon itself ([`watch`]); elsewhere every point is passed.
//!
//! `/run/nusantara-panel/faults` is root's file and holds `enospc 17 once 3`: which error, at which point, whether only there or
//! `on` from there, and a number that makes it another order than the one before. That it was met is written beside it.

use rustix::io::{Errno, Result};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

const FILE: &str = "/run/nusantara-panel/faults";

/// Whether this process is the one that tests aim at.
static WATCHED: AtomicBool = AtomicBool::new(false);
static ARMED: Mutex<Option<Armed>> = Mutex::new(None);

/// What was ordered, and how many points have been passed since.
#[derive(Debug, PartialEq, Eq)]
struct Armed {
    order: String,
    passed: u64,
}

/// Says that this process is the daemon.
pub fn watch() {
    WATCHED.store(cfg!(debug_assertions), Ordering::Relaxed);
}

/// Passes a point, or does not.
///
/// # Errors
/// What a test ordered.
pub fn point(what: &str) -> Result<()> {
    if WATCHED.load(Ordering::Relaxed) { reach(Path::new(FILE), &ARMED, what) } else { Ok(()) }
}

fn reach(file: &Path, armed: &Mutex<Option<Armed>>, what: &str) -> Result<()> {
    let mut armed = armed.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(order) = std::fs::read_to_string(file) else {
        *armed = None;
        return Ok(());
    };
    let now = armed.take().filter(|known| known.order == order).map_or(1, |known| known.passed + 1);
    let fault = fault(&order, now);
    *armed = Some(Armed { order, passed: now });
    let Some(errno) = fault else { return Ok(()) };
    let hit = std::fs::OpenOptions::new().create(true).append(true).open(file.with_extension("hit"));
    let _ = hit.and_then(|mut hit| writeln!(hit, "{now} {what}"));
    Err(errno)
}

/// What happens at the `passed`-th point.
fn fault(order: &str, passed: u64) -> Option<Errno> {
    let words: Vec<&str> = order.split_whitespace().collect();
    let [errno, at, how, ..] = words.as_slice() else { return None };
    let at: u64 = at.parse().ok()?;
    let errno = if *errno == "eio" { Errno::IO } else { Errno::NOSPC };
    (passed == at || (passed > at && *how == "on")).then_some(errno)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_that_was_named_fails_and_an_order_counts_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("faults");
        let order = |text: &str| {
            let mut out = std::fs::OpenOptions::new().create(true).truncate(true).write(true).open(&file).unwrap();
            out.write_all(text.as_bytes()).unwrap();
        };
        let armed = Mutex::new(None);
        let pass = || reach(&file, &armed, "write");
        assert_eq!(pass(), Ok(()));
        order("enospc 2 once 1");
        assert_eq!([pass(), pass(), pass()], [Ok(()), Err(Errno::NOSPC), Ok(())]);
        order("eio 1 on 2");
        assert_eq!([pass(), pass()], [Err(Errno::IO); 2]);
        assert_eq!(std::fs::read_to_string(folder.path().join("faults.hit")).unwrap(), "2 write\n1 write\n2 write\n");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(pass(), Ok(()));
    }
}
