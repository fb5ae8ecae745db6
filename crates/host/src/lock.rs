//! Locks that other programs on the host respect too: flock(2) on `/run/nusantara-panel/locks/user-<username>.lock`.

use crate::Result;
use crate::blocking::run;
use crate::error::{Explain, HostError, HostErrorKind};
use nusantara_types::Username;
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder of the lock files.
#[derive(Debug, Clone)]
pub struct Locks(PathBuf);

/// Held until dropped. The kernel also releases it when the process dies, so a crash leaves no stale lock.
#[derive(Debug)]
pub struct UserLock {
    _fd: OwnedFd,
}

impl Locks {
    /// `/run/nusantara-panel/locks`.
    #[must_use]
    pub fn system() -> Self {
        Self::at("/run/nusantara-panel/locks")
    }

    /// Another root-owned folder, for tests.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Takes the lock of an account, waiting at most `patience`. The folder is made (0700) when missing; lock files are never
    /// removed, because removing one while another process waits for it would let two hold "the" lock.
    ///
    /// # Errors
    /// [`HostErrorKind::Timeout`] when somebody else holds it for that long.
    pub async fn user(&self, username: &Username, patience: Duration) -> Result<UserLock> {
        let path = self.0.join(format!("user-{username}.lock"));
        let folder = self.0.clone();
        let fd = run(move || open(&folder, &path)).await?;
        let taken = async {
            let mut pause = Duration::from_millis(1);
            loop {
                match rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive) {
                    Ok(()) => return Ok(()),
                    Err(Errno::WOULDBLOCK | Errno::INTR) => {}
                    Err(e) => return Err(e).explain(|| format!("lock the account {username}")),
                }
                // Asking again costs a microsecond; waiting in the kernel would cost a thread that nothing can interrupt.
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(25));
            }
        };
        match tokio::time::timeout(patience, taken).await {
            Ok(result) => result?,
            Err(_) => {
                return Err(
                    HostError::new(HostErrorKind::Timeout, format!("lock the account {username}")).detail("another operation holds it")
                );
            }
        }
        Ok(UserLock { _fd: fd })
    }
}

fn open(folder: &Path, path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    match rustix::fs::open(path, flags, mode) {
        Err(Errno::NOENT) => {
            crate::replace::dir_now(folder, 0o700, None)?;
            rustix::fs::open(path, flags, mode)
        }
        other => other,
    }
    .explain(|| format!("open {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_holder_at_a_time_and_a_drop_lets_the_next_in() {
        let folder = tempfile::tempdir().unwrap();
        let locks = Locks::at(folder.path().join("locks"));
        let (joko, sari): (Username, Username) = ("joko".parse().unwrap(), "sari".parse().unwrap());
        let held = locks.user(&joko, Duration::from_secs(1)).await.unwrap();
        assert_eq!(locks.user(&joko, Duration::from_millis(30)).await.unwrap_err().kind, HostErrorKind::Timeout);
        let _other = locks.user(&sari, Duration::from_millis(30)).await.unwrap();
        let waiting = locks.user(&joko, Duration::from_secs(5));
        let release = async {
            tokio::task::yield_now().await;
            drop(held);
        };
        let (next, ()) = tokio::join!(waiting, release);
        next.unwrap();
    }
}
