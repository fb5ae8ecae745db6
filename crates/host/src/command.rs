//! The one place that starts a process.
//!
//! A process is a [`Program`] of a closed list, by absolute path, with an argument vector built from fixed words and checked
//! values. It gets an empty environment (`PATH` and `LC_ALL=C` only), `/` as its working folder, no inherited input, and it is
//! killed when its time is up, when it talks too much or when the future that waits for it is dropped (SECURITY R5).

use crate::error::Explain;
use crate::{HostError, HostErrorKind, Result};
use nusantara_types::Username;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

/// Everything this crate ever starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Program {
    /// useradd(8).
    Useradd,
    /// userdel(8).
    Userdel,
    /// usermod(8).
    Usermod,
    /// groupadd(8).
    Groupadd,
    /// groupdel(8).
    Groupdel,
    /// groupmod(8).
    Groupmod,
    /// chpasswd(8); hashes only, on its standard input.
    Chpasswd,
    /// nginx(8).
    Nginx,
    /// openssl(1).
    Openssl,
    /// sshd(8); only to be asked about its configuration.
    Sshd,
    /// journalctl(1).
    Journalctl,
    /// pure-pw(8).
    PurePw,
    /// mariadbd(8); only to be asked about its configuration.
    Mariadbd,
    /// mariadb(1); statements of ours on its standard input.
    Mariadb,
    /// rm(1); only ever with a tenant's uid.
    Rm,
    /// chmod(1); only ever with a tenant's uid.
    Chmod,
    /// kill(1); only ever with a tenant's uid.
    Kill,
    /// du(1); only ever with a tenant's uid.
    Du,
    /// The running program itself, for work that needs another uid: see [`crate::worker`].
    SelfExe,
}

impl Program {
    /// Where it lies. Debian and Ubuntu agree on these.
    #[must_use]
    pub fn path(self) -> &'static Path {
        Path::new(match self {
            Self::Useradd => "/usr/sbin/useradd",
            Self::Userdel => "/usr/sbin/userdel",
            Self::Usermod => "/usr/sbin/usermod",
            Self::Groupadd => "/usr/sbin/groupadd",
            Self::Groupdel => "/usr/sbin/groupdel",
            Self::Groupmod => "/usr/sbin/groupmod",
            Self::Chpasswd => "/usr/sbin/chpasswd",
            Self::Nginx => "/usr/sbin/nginx",
            Self::Journalctl => "/usr/bin/journalctl",
            Self::PurePw => "/usr/bin/pure-pw",
            Self::Mariadbd => "/usr/sbin/mariadbd",
            Self::Mariadb => "/usr/bin/mariadb",
            Self::Openssl => "/usr/bin/openssl",
            Self::Sshd => "/usr/sbin/sshd",
            Self::Rm => "/usr/bin/rm",
            Self::Chmod => "/usr/bin/chmod",
            Self::Kill => "/usr/bin/kill",
            Self::Du => "/usr/bin/du",
            // The link names the very file that runs, even after an upgrade has replaced it on disk.
            Self::SelfExe => "/proc/self/exe",
        })
    }
}

/// One argument. A variable part can never be read as an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg(OsString);

impl Arg {
    /// A word written in this program's source.
    #[must_use]
    pub fn fixed(word: &'static str) -> Self {
        Self(OsString::from(word))
    }

    /// A variable value.
    ///
    /// # Errors
    /// [`HostErrorKind::Refused`] when it is empty, starts with `-` or holds a NUL.
    pub fn value(value: impl AsRef<OsStr>) -> Result<Self> {
        let value = value.as_ref();
        let bytes = value.as_bytes();
        if bytes.is_empty() || bytes[0] == b'-' || bytes.contains(&0) {
            return Err(HostError::refused(
                "pass an argument to a program",
                "a value must not be empty, start with a hyphen or hold a NUL",
            ));
        }
        Ok(Self(value.to_owned()))
    }

    /// Words written in this program's source, with commas between them; may be empty.
    #[must_use]
    pub fn list(words: &[&'static str]) -> Self {
        Self(OsString::from(words.join(",")))
    }

    /// A fixed prefix with a number, such as `GID_MIN=12000`.
    #[must_use]
    pub fn setting(prefix: &'static str, number: u32) -> Self {
        Self(OsString::from(format!("{prefix}{number}")))
    }
}

impl From<&'static str> for Arg {
    fn from(word: &'static str) -> Self {
        Self::fixed(word)
    }
}

impl From<&Username> for Arg {
    fn from(name: &Username) -> Self {
        // The grammar of a username has no hyphen.
        Self(OsString::from(name.as_str()))
    }
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Self(OsString::from(number.to_string()))
    }
}

/// How a process runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes for its standard input; closed at once when `None`.
    pub stdin: Option<Vec<u8>>,
    /// How long it may run; then it is killed.
    pub timeout: Duration,
    /// How many bytes of standard output, and as many of standard error, are kept. The rest is read and thrown away.
    pub output_cap: usize,
    /// Run as this uid and gid, without supplementary groups. As the daemon itself when `None`.
    pub uid_gid: Option<(u32, u32)>,
}

impl Default for Options {
    /// No input, 30 seconds, 64 KiB, as root.
    fn default() -> Self {
        Self { stdin: None, timeout: Duration::from_secs(30), output_cap: 64 * 1024, uid_gid: None }
    }
}

/// What a process that ended left behind.
#[derive(Debug, Clone)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output, cut at the cap.
    pub stdout: Vec<u8>,
    /// Standard error, cut at the cap.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Its exit code; `None` when a signal ended it.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Standard error as text.
    #[must_use]
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_owned()
    }
}

/// Runs a program to its end, whatever its exit status.
///
/// # Errors
/// [`HostErrorKind::NotFound`] when it is not installed, [`HostErrorKind::Timeout`] when it was killed for running too long,
/// [`HostErrorKind::Io`] otherwise. A failing exit status is not an error here: see [`run_ok`].
pub async fn run(program: Program, args: &[Arg], options: Options) -> Result<Output> {
    let name = program.path().display();
    let mut child = spawn(program, args, &options).explain(|| format!("start {name}"))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let (Some(mut pipe), Some(bytes)) = (stdin, &options.stdin) {
            // A program may end without reading all of its input; its exit status tells.
            let _ = pipe.write_all(bytes).await;
        }
    };
    let work = async {
        let ((), stdout, stderr, status) =
            tokio::join!(feed, capture(stdout, options.output_cap), capture(stderr, options.output_cap), child.wait());
        status.map(|status| Output { status, stdout, stderr })
    };
    match tokio::time::timeout(options.timeout, work).await {
        Ok(output) => output.explain(|| format!("wait for {name}")),
        // Leaving this function drops the child, which kills it.
        Err(_) => Err(HostError::new(HostErrorKind::Timeout, format!("run {name}"))
            .detail(format!("it was stopped after {} s", options.timeout.as_secs()))),
    }
}

/// Runs a program and expects exit status 0. `what` completes "could not …".
///
/// # Errors
/// As [`run`], and [`HostErrorKind::Tool`] with its standard error when it failed.
pub async fn run_ok(program: Program, args: &[Arg], options: Options, what: &str) -> Result<Output> {
    let output = run(program, args, options).await?;
    if output.status.success() { Ok(output) } else { Err(failed(&output, what)) }
}

/// The error for a program that ended with a failing status.
#[must_use]
pub fn failed(output: &Output, what: &str) -> HostError {
    let said = output.stderr_text();
    let detail = if said.is_empty() { output.status.to_string() } else { said };
    HostError::new(HostErrorKind::Tool, what).detail(detail)
}

#[expect(clippy::disallowed_methods, reason = "the one place that starts processes")]
fn spawn(program: Program, args: &[Arg], options: &Options) -> std::io::Result<tokio::process::Child> {
    crate::disk::faults::point("program")?;
    let mut command = std::process::Command::new(program.path());
    command
        .args(args.iter().map(|a| &a.0))
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(if options.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some((uid, gid)) = options.uid_gid {
        use std::os::unix::process::CommandExt;
        // With a uid set and none named, std drops all supplementary groups before it changes the uid.
        command.gid(gid).uid(uid);
    }
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true).spawn()
}

/// Reads a pipe to its end and keeps the first `cap` bytes, so that a talkative program neither blocks nor fills memory.
async fn capture(pipe: Option<impl AsyncRead + Unpin>, cap: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    let Some(mut pipe) = pipe else { return kept };
    let mut chunk = [0; 4_096];
    while let Ok(n @ 1..) = pipe.read(&mut chunk).await {
        let room = cap - kept.len();
        kept.extend_from_slice(&chunk[..n.min(room)]);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_can_never_be_an_option() {
        for bad in ["", "-rf", "--", "a\0b"] {
            assert_eq!(Arg::value(bad).unwrap_err().kind, HostErrorKind::Refused, "{bad:?}");
        }
        assert!(Arg::value("/home/joko").is_ok());
    }

    #[tokio::test]
    async fn output_is_capped_and_the_exit_status_passed_on() {
        let options = Options { output_cap: 10, ..Options::default() };
        let output = run(Program::Rm, &["--help".into()], options).await.unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout.len(), 10);
        let missing = tempfile::tempdir().unwrap().path().join("missing");
        let error = run_ok(Program::Rm, &["--".into(), Arg::value(missing).unwrap()], Options::default(), "remove it").await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Tool);
        assert!(error.detail.unwrap().contains("No such file"));
    }

    #[tokio::test]
    async fn the_child_has_the_uid_no_groups_and_an_empty_environment() {
        // rm's diagnosis names what it may not do: root's folder is closed to uid 65534.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        rustix::fs::open(&file, rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY, rustix::fs::Mode::RUSR).unwrap();
        let options = Options { uid_gid: Some((65_534, 65_534)), ..Options::default() };
        let output = run(Program::Rm, &["-f".into(), "--".into(), Arg::value(&file).unwrap()], options).await.unwrap();
        assert_eq!(output.code(), Some(1));
        assert!(file.exists());
    }
}
