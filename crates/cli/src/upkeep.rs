//! What root does to the panel's own state on its host. The work itself is done by a child that runs as the panel's user; here is
//! what only root can do: stop the panel and start it again, switch its configuration over, see that it answers.
//!
//! The panel is started again by a process that waits for this one to end, however it ends: nobody who is cut off here leaves a
//! host without its panel.

use crate::context::{Context, write_err};
use crate::failure::Failure;
use rustix::fs::{CWD, Mode, OFlags, RenameFlags};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, IsTerminal, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use toml_edit::DocumentMut;

const CONFIG: &str = "/etc/nusantara-panel/panel.toml";
/// The copy of the audit trail.
const COPY: &str = "/var/log/nusantara-panel/audit.jsonl";
const DAEMON: &str = "/usr/sbin/nusantarad";
const SYSTEMCTL: &str = "/usr/bin/systemctl";
/// The sockets too: they would start the panel for the next caller.
const UNITS: [&str; 3] = ["nusantarad.service", "nusantarad.socket", "nusantarad-local.socket"];
/// How long the panel may take to answer again.
const PATIENCE: Duration = Duration::from_secs(90);

/// The panel's configuration as root sees it.
pub(crate) struct Installed {
    config: DocumentMut,
    /// The panel's own folder.
    pub(crate) folder: PathBuf,
    uid: u32,
    gid: u32,
}

impl Installed {
    /// Reads where the panel keeps its state.
    pub(crate) fn find() -> Result<Self, Failure> {
        if !rustix::process::geteuid().is_root() {
            return Err(Failure::Refused("This is for root on the panel's host: run it with sudo.".to_owned()));
        }
        let text = match std::fs::read_to_string(CONFIG) {
            Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
            read => read.map_err(|e| local(Path::new(CONFIG), &e))?,
        };
        let config: DocumentMut = text.parse().map_err(|e| Failure::Local(format!("{CONFIG}: {e}")))?;
        let folder = config.get("state_dir").and_then(|item| item.as_str()).unwrap_or("/var/lib/nusantara-panel");
        let folder = PathBuf::from(folder);
        let meta = std::fs::symlink_metadata(&folder).map_err(|e| local(&folder, &e))?;
        if !meta.is_dir() || meta.uid() == 0 {
            return Err(Failure::Local(format!("{} is not the folder of the panel's user", folder.display())));
        }
        Ok(Self { config, folder, uid: meta.uid(), gid: meta.gid() })
    }

    /// Whether the panel's database is the file in its own folder.
    pub(crate) fn has_own_file(&self) -> bool {
        let own = format!("sqlite://{}/panel.db", self.folder.display());
        self.config.get("database_url").is_none_or(|item| item.as_str() == Some(&own))
    }

    /// A child of the panel's user that does `what`.
    #[expect(clippy::disallowed_methods, reason = "one fixed program of ours, with a fixed word; the environment is empty")]
    pub(crate) fn child(&self, what: &str) -> Command {
        let mut command = Command::new(DAEMON);
        command.arg(what).env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").current_dir("/");
        // With another uid than root's, no group of root's stays.
        command.uid(self.uid).gid(self.gid);
        command
    }

    /// Refuses where the configuration does not say which database the panel uses.
    pub(crate) fn demand_its_word() -> Result<(), Failure> {
        if said(["show", "--property=Environment", "--value", UNITS[0]])?.contains("NUSANTARA_DATABASE_URL") {
            let sentence = "NUSANTARA_DATABASE_URL in the environment of nusantarad.service wins over panel.toml: take it out there, name that \
                            database in panel.toml, and try again.";
            return Err(Failure::Refused(sentence.to_owned()));
        }
        Ok(())
    }

    /// Names another database in the configuration, in one step.
    pub(crate) fn switch(&self, url: &str) -> Result<(), Failure> {
        let mut config = self.config.clone();
        config["database_url"] = toml_edit::value(url);
        replace(Path::new(CONFIG), &config.to_string(), self.gid)
    }

    /// Puts the configuration back as it was read.
    pub(crate) fn switch_back(&self) -> Result<(), Failure> {
        replace(Path::new(CONFIG), &self.config.to_string(), self.gid)
    }

    /// Makes the empty folder beside the panel's own, of the panel's user.
    pub(crate) fn make_staging(&self) -> Result<PathBuf, Failure> {
        let folder = self.folder.with_extension("restored");
        remove_folder(&folder)?;
        DirBuilder::new().mode(0o700).create(&folder).map_err(|e| local(&folder, &e))?;
        let opened = rustix::fs::openat(CWD, &folder, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
        let folder_fd = opened.map_err(|e| local(&folder, &e.into()))?;
        let (uid, gid) = (rustix::fs::Uid::from_raw(self.uid), rustix::fs::Gid::from_raw(self.gid));
        rustix::fs::fchown(&folder_fd, Some(uid), Some(gid)).map_err(|e| local(&folder, &e.into()))?;
        Ok(folder)
    }

    /// Lets the panel's folder and the one beside it change places, in one step.
    #[expect(clippy::disallowed_methods, reason = "the command line does not link the host's hands; both names are fixed")]
    pub(crate) fn exchange(&self, staging: &Path) -> Result<(), Failure> {
        let exchanged = rustix::fs::renameat_with(CWD, staging, CWD, &self.folder, RenameFlags::EXCHANGE);
        exchanged.map_err(|e| local(&self.folder, &e.into()))?;
        sync_parent(&self.folder)
    }
}

/// Removes a folder that may not be there. Its parent is root's, so nobody puts another in its place.
pub(crate) fn remove_folder(folder: &Path) -> Result<(), Failure> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(local(folder, &e)),
        _ => Ok(()),
    }
}

/// Gives a folder another name, in the same root-owned parent.
pub(crate) fn rename_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::rename(from, to).map_err(|e| local(from, &e))?;
    sync_parent(to)
}

/// Writes a file of root's beside the old one and renames it into its place.
pub(crate) fn replace(path: &Path, text: &str, gid: u32) -> Result<(), Failure> {
    let beside = path.with_extension("toml.new");
    let written = || -> std::io::Result<()> {
        let _ = std::fs::remove_file(&beside);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o640).open(&beside)?;
        rustix::fs::fchown(&file, None, Some(rustix::fs::Gid::from_raw(gid)))?;
        rustix::fs::fchmod(&file, Mode::from_raw_mode(0o640))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    written().map_err(|e| local(path, &e))?;
    sync_parent(path)
}

fn sync_parent(path: &Path) -> Result<(), Failure> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(|e| local(parent, &e))
}

pub(crate) fn local(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Local(format!("{}: {error}", path.display()))
}

/// The panel while it does not run; it is started when this ends, however it ends.
pub(crate) struct Stopped {
    waker: Child,
    lifeline: Option<ChildStdin>,
}

impl Stopped {
    /// Stops the panel.
    pub(crate) fn stop() -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(|e| Failure::Local(e.to_string()))?;
        #[expect(clippy::disallowed_methods, reason = "this program itself, with a fixed word")]
        let mut waker = Command::new(program);
        waker.arg("internal-wake").env_clear().current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C ends this process; not the one that cleans up after it.
        waker.process_group(0);
        let mut waker = waker.spawn().map_err(|e| Failure::Local(e.to_string()))?;
        let lifeline = waker.stdin.take();
        let stopped = Self { waker, lifeline };
        systemctl("stop")?;
        Ok(stopped)
    }

    /// Starts the panel and waits for its answer.
    pub(crate) async fn start(mut self, context: &Context) -> Result<(), Failure> {
        self.end();
        let began = Instant::now();
        loop {
            // A start that fails is tried again by systemd, and the socket is there all the time: asking waits for the answer.
            match context.client.health().await {
                Ok(health) if health.status == "ok" => return Ok(()),
                _ if began.elapsed() > PATIENCE => {
                    let sentence = "The panel does not answer. See what it says:  journalctl -u nusantarad -n 50";
                    return Err(Failure::Local(sentence.to_owned()));
                }
                _ => tokio::time::sleep(Duration::from_millis(500)).await,
            }
        }
    }

    fn end(&mut self) {
        drop(self.lifeline.take());
        let _ = self.waker.wait();
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.end();
    }
}

/// `internal-wake`: waits until whoever started it has ended, then starts the panel.
pub(crate) fn wake() -> Result<(), Failure> {
    let mut nothing = Vec::new();
    std::io::stdin().lock().read_to_end(&mut nothing).map_err(|e| Failure::Local(e.to_string()))?;
    // Whoever was killed may have left its stop under way, and systemd refuses a socket whose service still runs (systemd.socket(5)).
    systemctl("stop")?;
    systemctl("start")
}

/// A name beside a file that nothing has yet: what is put aside twice within a second is kept twice.
pub(crate) fn beside(file: &str, stamp: &str) -> PathBuf {
    let mut names = std::iter::once(format!("{file}.{stamp}")).chain((2..).map(|n| format!("{file}.{stamp}.{n}"))).map(PathBuf::from);
    names.find(|name| !name.exists()).unwrap_or_default()
}

/// Puts the copy of the audit trail aside, because other rows come next. The file itself stays: the panel may write into it and make
/// none beside it.
pub(crate) fn put_copy_aside(stamp: &str) -> Result<Option<PathBuf>, Failure> {
    let aside = beside(COPY, stamp);
    let moved = || -> std::io::Result<()> {
        let mut old = OpenOptions::new().read(true).write(true).open(COPY)?;
        let mut new = OpenOptions::new().write(true).create_new(true).mode(0o640).open(&aside)?;
        std::io::copy(&mut old, &mut new)?;
        new.sync_all()?;
        old.set_len(0)?;
        old.sync_all()
    };
    match moved() {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(local(Path::new(COPY), &e)),
        Ok(()) => Ok(Some(aside)),
    }
}

/// Has the host daemon read what it keeps again.
pub(crate) fn restart_host_daemon() -> Result<(), Failure> {
    let status = manager().args(["restart", "nusantara-hostd.service"]).status().map_err(|e| local(Path::new(SYSTEMCTL), &e))?;
    if status.success() { Ok(()) } else { Err(Failure::Local("systemctl restart nusantara-hostd.service failed".to_owned())) }
}

#[expect(clippy::disallowed_methods, reason = "one fixed program with fixed words")]
fn manager() -> Command {
    let mut command = Command::new(SYSTEMCTL);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").current_dir("/").stdin(Stdio::null());
    command
}

fn systemctl(verb: &str) -> Result<(), Failure> {
    let status = manager().arg(verb).args(UNITS).status().map_err(|e| local(Path::new(SYSTEMCTL), &e))?;
    if status.success() { Ok(()) } else { Err(Failure::Local(format!("systemctl {verb} of the panel's units failed"))) }
}

fn said<const N: usize>(words: [&str; N]) -> Result<String, Failure> {
    let output = manager().args(words).output().map_err(|e| local(Path::new(SYSTEMCTL), &e))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A line of a child.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said<T> {
    Progress { progress: Progress },
    Failed { failed: String },
    Done(T),
}

/// How far it is.
#[derive(Debug, Deserialize)]
struct Progress {
    step: String,
    table: String,
    rows: u64,
    of: u64,
}

/// Shows what a child says, until its end.
pub(crate) fn listen<T: DeserializeOwned>(lines: impl Read, show: bool) -> Result<T, Failure> {
    let live = show && std::io::stderr().is_terminal();
    let mut end = None;
    for line in BufReader::new(lines).lines() {
        let line = line.map_err(|e| Failure::Local(e.to_string()))?;
        match serde_json::from_str(&line) {
            Ok(Said::Progress { progress: Progress { step, table, rows, of } }) if show && (live || rows == 0) => {
                let counted = if rows == of { format!("{rows}") } else { format!("{rows} of {of}") };
                // In place on a terminal, one line a table elsewhere (ECMA-48: CR, EL).
                write_err(&if live { format!("\r\u{1b}[K  {step} {table}: {counted}") } else { format!("  {step} {table}\n") });
            }
            Ok(Said::Progress { .. }) => {}
            Ok(Said::Failed { failed }) => end = Some(Err(Failure::Refused(failed))),
            Ok(Said::Done(done)) => end = Some(Ok(done)),
            Err(_) => return Err(Failure::Local(format!("{DAEMON} said something else: are both of one version?"))),
        }
    }
    if live {
        write_err("\r\u{1b}[K");
    }
    end.unwrap_or_else(|| Err(Failure::Local("The work was cut off; nothing was changed.".to_owned())))
}

/// Sees that a child that has said its last also ended well.
pub(crate) fn ended(status: std::io::Result<ExitStatus>) -> Result<(), Failure> {
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Failure::Local("The work was cut off; nothing was changed.".to_owned())),
    }
}

/// The address of a database from the command line, where everybody sees it; with a password it comes on standard input.
pub(crate) fn address(argument: &str) -> Result<String, Failure> {
    if argument == "-" {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(|e| Failure::Local(e.to_string()))?;
        return Ok(line.trim().to_owned());
    }
    let authority = argument.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    let has_password = authority.rsplit_once('@').is_some_and(|(login, _)| login.contains(':')) || argument.contains("password=");
    if has_password {
        let sentence =
            "A password on the command line is seen by every user of this host: write - there, and the address on standard input.";
        return Err(Failure::Usage(sentence.to_owned()));
    }
    Ok(argument.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_go_on_the_command_line() {
        for address_with in ["postgres://a:b@h/d", "mysql://a:b@localhost/d?socket=/x", "postgres:///d?password=x&user=a"] {
            assert!(matches!(address(address_with), Err(Failure::Usage(_))), "{address_with}");
        }
        for without in ["postgres://a@localhost/d?host=/run/postgresql", "mysql://a@[::1]:3306/d", "sqlite:///x/y:z@w.db"] {
            assert_eq!(address(without).unwrap(), without);
        }
    }

    #[test]
    fn the_last_word_of_a_child_counts() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Done {
            done: u32,
        }
        let said = b"{\"progress\":{\"step\":\"copy\",\"table\":\"users\",\"rows\":0,\"of\":2}}\n{\"done\":7}\n";
        assert_eq!(listen::<Done>(&said[..], false).unwrap(), Done { done: 7 });
        let cut = said.len() - 12;
        assert!(matches!(listen::<Done>(&said[..cut], false), Err(Failure::Local(_))));
        assert!(matches!(listen::<Done>(&b"{\"failed\":\"no\"}\n"[..], false), Err(Failure::Refused(why)) if why == "no"));
    }
}
