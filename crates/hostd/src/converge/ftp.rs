//! FTP logins: one database for all accounts, made again whenever the logins of one change, and one server that runs while there
//! are any.
//!
//! The text `logins` is written last. So it says of which logins everything is done, also that the sessions of those before them
//! have ended; whatever a crash cut short before that is done again.

use super::Sight;
use crate::daemon::Daemon;
use crate::lines;
use crate::state::host_failed;
use nusantara_host::replace::{self, Access};
use nusantara_host::systemd::Enablement;
use nusantara_host::{HostError, ftp, users};
use nusantara_plan::account::ObservedFtp;
use nusantara_plan::change::Owner;
use nusantara_plan::paths;
use nusantara_plan::render::ftp::UNIT;
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::Username;
use std::path::Path;
use std::time::Duration;

/// How many lines of its log a failed start is told with.
const LAST_LINES: u32 = 20;

/// From the look into the database until a session has its account's uid: the time of one hash, on a machine that is busy.
const LOGIN_PATIENCE: Duration = Duration::from_millis(500);

/// What is said where pure-ftpd is missing.
pub(crate) const MISSING: &str = "the FTP server is not installed on this host; install it with: apt install pure-ftpd";

/// The logins of all accounts.
pub(super) fn kept() -> Result<String, HostError> {
    match std::fs::read_to_string(paths::FTP_LOGINS) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        other => other.map_err(|e| HostError::io(format!("read {}", paths::FTP_LOGINS), e)),
    }
}

/// Whose login a line is.
pub(crate) fn account_of(line: &str) -> &str {
    line.split_once('.').map_or("", |(username, _)| username)
}

/// The lines of an account, and those of the others.
fn split(all: &str, username: &Username) -> (String, String) {
    let (own, others): (Vec<&str>, Vec<&str>) = all.lines().partition(|line| account_of(line) == username.as_str());
    let text = |lines: Vec<&str>| lines.into_iter().map(|line| format!("{line}\n")).collect();
    (text(own), text(others))
}

/// What is there.
pub(super) async fn observe(d: &Daemon, sight: &Sight, username: &Username) -> Result<ObservedFtp, HostError> {
    let (own, _) = split(&sight.ftp()?, username);
    if own.is_empty() {
        return Ok(ObservedFtp::default());
    }
    Ok(ObservedFtp { served: sight.ftp_served(d).await?, logins: Some(own) })
}

/// Whether the server is set up to let logins in, now and after a reboot.
pub(super) async fn serves(d: &Daemon) -> Result<bool, HostError> {
    Ok(Path::new(paths::FTP_DATABASE).exists() && d.systemd.enablement(UNIT).await? == Enablement::Enabled)
}

/// Lets exactly `logins` of an account in. Its sessions end when one of those before is not among them any more.
pub(super) async fn set(d: &Daemon, owner: &Owner, logins: Option<&str>) -> Result<(), OperationError> {
    let _turn = d.ftp.lock().await;
    let (before, others) = split(&kept().map_err(|e| host_failed(&e))?, &owner.username);
    let logins = logins.unwrap_or_default();
    // What takes away must be possible where the server is gone.
    if has_more(logins, &before) && !ftp::installed() {
        return Err(OperationError::new(ErrorCode::HostFailed, MISSING));
    }
    let all = format!("{others}{logins}");
    serve(d, &all).await?;
    let done = async {
        if has_more(&before, logins) {
            end_sessions(d, owner.uid).await?;
        }
        keep(&all).await
    };
    done.await.map_err(|e| host_failed(&e))
}

/// Whether some line of one text is not in the other.
fn has_more(one: &str, other: &str) -> bool {
    one.lines().any(|line| !other.lines().any(|known| known == line))
}

/// Brings all of FTP to `all`, without regard to sessions.
pub(crate) async fn bring(d: &Daemon, all: &str) -> Result<(), OperationError> {
    let _turn = d.ftp.lock().await;
    serve(d, all).await?;
    if !all.is_empty() && !ftp::installed() {
        return Err(OperationError::new(ErrorCode::HostFailed, MISSING));
    }
    keep(all).await.map_err(|e| host_failed(&e))
}

async fn serve(d: &Daemon, all: &str) -> Result<(), OperationError> {
    if all.is_empty() || !ftp::installed() {
        let off = async {
            d.systemd.disable_now(UNIT).await?;
            replace::remove(paths::FTP_DATABASE).await
        };
        return off.await.map_err(|e| host_failed(&e));
    }
    ftp::write_database(Path::new(paths::FTP_DATABASE), all).await.map_err(|e| host_failed(&e))?;
    let Err(error) = d.systemd.enable_now(UNIT).await else { return Ok(()) };
    let said = lines::of_units(&[UNIT.to_owned()], LAST_LINES, None).await.unwrap_or_default();
    let said: Vec<String> = said.iter().map(|(line, _)| lines::plain(line)).collect();
    let detail = if said.is_empty() { error.to_string() } else { said.join("\n") };
    Err(OperationError::new(ErrorCode::HostFailed, "the FTP server did not start; it was taken back").detail(detail))
}

async fn keep(all: &str) -> Result<(), HostError> {
    if all.is_empty() {
        return replace::remove(paths::FTP_LOGINS).await;
    }
    replace::write(paths::FTP_LOGINS, all, Access::SECRET).await
}

/// A session runs with its account's uid, in the server's cgroup. Somebody who was looked up in the database of before becomes one
/// a moment later, so it looks twice.
async fn end_sessions(d: &Daemon, uid: u32) -> Result<(), HostError> {
    for pause in [Some(LOGIN_PATIENCE), None] {
        let processes: Vec<u32> = d.systemd.unit_processes(UNIT).await?.into_iter().map(|(pid, _)| pid).collect();
        if processes.is_empty() {
            break;
        }
        users::end_own(uid, uid, &processes).await?;
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
    }
    Ok(())
}

/// The lines that all accounts were let in with last.
pub(crate) fn known() -> Result<Vec<String>, HostError> {
    Ok(kept()?.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_one_accounts_or_anothers() {
        let all = "joko.web:x\njokowi.web:y\njoko.up:z\n";
        let joko = "joko".parse().unwrap();
        assert_eq!(split(all, &joko), ("joko.web:x\njoko.up:z\n".to_owned(), "jokowi.web:y\n".to_owned()));
        assert_eq!(split("", &joko), (String::new(), String::new()));
    }
}
