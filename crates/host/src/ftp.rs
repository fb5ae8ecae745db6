//! pure-ftpd: whether it is there, its database of logins, and what waits until it has its port.

use crate::command::{Arg, Options, Program, run_ok};
use crate::error::Explain;
use crate::replace::{self, Access};
use crate::{HostError, HostErrorKind, Result};
use rustix::process::Pid;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The server, and the program that makes its database.
const SERVER: &str = "/usr/sbin/pure-ftpd";
/// Where the server writes its number once it listens.
const PID_FILE: &str = "/run/pure-ftpd/nusantara.pid";
/// The most that a database may have: far more than all the logins of a host.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// The hidden subcommand `main` must route to [`ready_main`]: `nusantara-hostd internal-ftp-ready`.
pub const READY_SUBCOMMAND: &str = "internal-ftp-ready";

/// How long the server may take to listen, and the pause between two looks.
const READY_PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// Whether the server is installed.
#[must_use]
pub fn installed() -> bool {
    Path::new(SERVER).is_file() && Program::PurePw.path().is_file()
}

/// Makes the database at `target` hold exactly `logins`, lines of virtual users (pure-pw(8)): a reader sees the old database or the
/// new one. `target` lies in a folder that is root's alone.
///
/// # Errors
/// [`HostErrorKind::NotFound`] when pure-ftpd is not installed, [`HostErrorKind::Tool`] with what pure-pw said, else what the kernel
/// says.
pub async fn write_database(target: &Path, logins: &str) -> Result<()> {
    const WHAT: &str = "make the database of FTP logins";
    let folder = PathBuf::from(format!("{}.making", target.display()));
    replace::remove_dir_flat(&folder).await?;
    replace::dir(&folder, Access { mode: 0o700, owner: None }).await?;
    let (text, made) = (folder.join("text"), folder.join("made"));
    replace::write(&text, logins, Access::SECRET).await?;
    let args = [Arg::fixed("mkdb"), Arg::value(&made)?, Arg::fixed("-f"), Arg::value(&text)?];
    run_ok(Program::PurePw, &args, Options::default(), WHAT).await?;
    let bytes = crate::blocking::run(move || {
        let size = std::fs::metadata(&made).explain(|| WHAT)?.len();
        if size > MOST_BYTES {
            return Err(HostError::new(HostErrorKind::Tool, WHAT).detail("it became too large"));
        }
        std::fs::read(&made).explain(|| WHAT)
    })
    .await?;
    replace::write(target, bytes, Access::SECRET).await?;
    replace::remove_dir_flat(folder).await
}

/// Waits until the server has its port: it writes its number down after that. `MAINPID` says which number.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "systemd says in the environment which process this waits for")]
pub fn ready_main() -> ExitCode {
    let main = std::env::var("MAINPID").ok().and_then(|pid| pid.parse().ok());
    match main.ok_or_else(|| "MAINPID is not set: systemd starts this".to_owned()).and_then(|pid| ready(pid, Path::new(PID_FILE))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn ready(main: i32, file: &Path) -> std::result::Result<(), String> {
    let until = Instant::now() + READY_PATIENCE;
    let process = Pid::from_raw(main).ok_or("MAINPID is no process")?;
    loop {
        if std::fs::read_to_string(file).is_ok_and(|text| text.trim() == main.to_string()) {
            return Ok(());
        }
        if rustix::process::test_kill_process(process).is_err() {
            return Err("the FTP server ended before it listened: is port 21 in use?".to_owned());
        }
        if Instant::now() >= until {
            return Err(format!("the FTP server did not listen after {} s", READY_PATIENCE.as_secs()));
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_number_says_that_it_listens() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let own = i32::try_from(std::process::id()).unwrap();
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&file)
            .and_then(|mut f| std::io::Write::write_all(&mut f, format!("{own}\n").as_bytes()))
            .unwrap();
        assert_eq!(ready(own, &file), Ok(()));
        // No process has the highest number that there can be.
        assert!(ready(4_194_304, &file).unwrap_err().contains("port 21"));
    }
}
