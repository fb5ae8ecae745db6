//! Cron jobs: what systemd starts in place of a job, as its account and inside its sandbox; what writes down how a run ended, as
//! root; and reading and forgetting what was written.
//!
//! The command is handed to the account's shell as one argument. Before that nothing reads it: not systemd, not root.

use crate::replace::{self, Access};
use crate::systemd::Systemd;
use crate::{HostError, Result};
use nusantara_types::cron::{CronJob, CronRun, CronRunId, RUNS_KEPT};
use nusantara_types::{CronJobName, Timestamp, Username};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The hidden subcommand `main` must route to [`run_main`]: `nusantara-hostd internal-cron-run <username>.<job>`.
pub const RUN_SUBCOMMAND: &str = "internal-cron-run";
/// The hidden subcommand `main` must route to [`end_main`], with the same argument.
pub const END_SUBCOMMAND: &str = "internal-cron-end";

const DESCRIPTIONS: &str = "/var/lib/nusantara-hostd/cron";
const RUNS: &str = "/var/lib/nusantara-hostd/cron-runs";
/// What cron(8) takes too.
const SHELL: &str = "/bin/sh";

fn names(args: &[OsString]) -> std::result::Result<(Username, CronJobName), String> {
    let [instance] = args else { return Err("wrong number of arguments".to_owned()) };
    let parts = instance.to_str().and_then(|text| text.split_once('.'));
    let (username, name) = parts.ok_or("an instance is called <username>.<job>")?;
    Ok((username.parse().map_err(|e| format!("{e}"))?, name.parse().map_err(|e| format!("{e}"))?))
}

fn description(username: &Username, name: &CronJobName) -> PathBuf {
    Path::new(DESCRIPTIONS).join(username.as_str()).join(format!("{name}.json"))
}

fn runs_file(username: &Username, name: &CronJobName) -> PathBuf {
    Path::new(RUNS).join(username.as_str()).join(format!("{name}.json"))
}

fn said(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

/// Becomes the job's shell. Comes back only when that cannot be, and says why on standard error.
#[must_use]
pub fn run_main(args: &[OsString]) -> ExitCode {
    let became = names(args).and_then(|(username, name)| {
        let file = description(&username, &name);
        let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let job: CronJob = serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", file.display()))?;
        Ok(become_shell(&username, &job))
    });
    said(&became.unwrap_or_else(|e| e))
}

/// Replaces this process by the shell; answers with why it could not.
#[expect(clippy::disallowed_methods, reason = "the process becomes the account's shell; nothing is started beside it")]
fn become_shell(username: &Username, job: &CronJob) -> String {
    let home = Path::new("/home").join(username.as_str());
    let error = std::process::Command::new(SHELL)
        .arg("-c")
        .arg(job.command.as_str())
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("SHELL", SHELL)
        .env("HOME", &home)
        .env("USER", username.as_str())
        .env("LOGNAME", username.as_str())
        .env("TMPDIR", home.join("tmp"))
        .current_dir(&home)
        .exec();
    format!("{SHELL} in {}: {error}", home.display())
}

/// Writes down how a run ended: started by systemd, as root, when it has.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "systemd says in the environment how its service ended")]
pub fn end_main(args: &[OsString]) -> ExitCode {
    let word = |name: &str| std::env::var(name).unwrap_or_default();
    let id = CronRunId::try_from(word("INVOCATION_ID")).map_err(|e| e.to_string());
    let end = CronRun::end_of(&word("SERVICE_RESULT"), &word("EXIT_CODE"), &word("EXIT_STATUS"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string());
    let written = names(args).and_then(|(username, name)| {
        let id = id?;
        runtime?
            .block_on(async {
                let unit = format!("nusantara-cron@{username}.{name}.service");
                let span = Systemd::connect().await?.run_span(&unit).await?;
                let now = nusantara_types::Clock::now(&nusantara_types::SystemClock);
                let time = |usec: u64| i64::try_from(usec).ok().filter(|usec| *usec > 0).and_then(Timestamp::from_timestamp_micros);
                let ended_at = time(span.1).unwrap_or(now);
                let run = CronRun { id, started_at: time(span.0).unwrap_or(ended_at), ended_at, end };
                write_down(&username, &name, run).await
            })
            .map_err(|e: HostError| format!("{e}: {}", e.detail.as_deref().unwrap_or_default()))
    });
    written.map_or_else(|e| said(&e), |()| ExitCode::SUCCESS)
}

/// Adds a run to those of a job that is still there. systemd runs one of a job at a time, so nobody else writes here.
async fn write_down(username: &Username, name: &CronJobName, run: CronRun) -> Result<()> {
    if !description(username, name).exists() {
        return Ok(());
    }
    let mut all = runs(username, name);
    all.retain(|known| known.id != run.id);
    all.insert(0, run);
    all.truncate(RUNS_KEPT);
    let text = serde_json::to_vec(&all).unwrap_or_default();
    replace::write(runs_file(username, name), text, Access::SECRET).await
}

/// Prepares the folder of an account's runs.
///
/// # Errors
/// What the kernel says.
pub async fn runs_prepare(username: &Username) -> Result<()> {
    replace::dir(Path::new(RUNS).join(username.as_str()), Access { mode: 0o700, owner: None }).await
}

/// The last runs of a job, latest first, at most [`RUNS_KEPT`]. What cannot be read is none.
#[must_use]
pub fn runs(username: &Username, name: &CronJobName) -> Vec<CronRun> {
    std::fs::read(runs_file(username, name)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Forgets the runs of a job.
///
/// # Errors
/// What the kernel says.
pub async fn runs_forget(username: &Username, name: &CronJobName) -> Result<()> {
    replace::remove(runs_file(username, name)).await
}

/// Whether nothing is known of any run of an account.
#[must_use]
pub fn runs_are_none(username: &Username) -> bool {
    std::fs::read_dir(Path::new(RUNS).join(username.as_str())).map_or(true, |mut files| files.next().is_none())
}

/// Keeps the runs of an account under another name. None is success.
///
/// # Errors
/// [`crate::HostErrorKind::Exists`] when there are runs under that name, else what the kernel says.
pub async fn runs_rename(from: &Username, to: &Username) -> Result<()> {
    replace::rename(Path::new(RUNS).join(from.as_str()), Path::new(RUNS).join(to.as_str())).await
}

/// Forgets the runs of an account.
///
/// # Errors
/// What the kernel says.
pub async fn runs_forget_all(username: &Username) -> Result<()> {
    replace::remove_dir_flat(Path::new(RUNS).join(username.as_str())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_two_names() {
        let (username, name) = names(&[OsString::from("joko.my-backup")]).unwrap();
        assert_eq!((username.as_str(), name.as_str()), ("joko", "my-backup"));
        for bad in ["", "joko", "joko.", ".x", "joko.a.b", "root/.x", "joko.../x"] {
            assert!(names(&[OsString::from(bad)]).is_err(), "{bad:?}");
        }
        assert!(names(&[]).is_err());
    }
}
