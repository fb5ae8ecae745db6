//! The handle that tests and `cargo xtask host` work with.

use std::{
    env, fs,
    fs::File,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, SystemTime},
};

use serde::Serialize;

use crate::{
    command::{Output, capture, check_output, code},
    container,
    error::{During, Error, Result},
    http::{self, Response},
    image::{Image, Kind, Suite},
    journal::{self, JournalLine},
    paths::console,
    registry::{self, Record},
    vm, wait,
};

/// What kind of host to boot.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// Container unless said otherwise.
    pub kind: Kind,
    /// Bookworm unless said otherwise.
    pub suite: Suite,
    /// With PostgreSQL and MariaDB, which few tests need and which take memory.
    pub databases: bool,
    /// With an authority that speaks ACME (pebble), which few tests need.
    pub authority: bool,
    /// A package to install with apt once the host is up.
    pub install: Option<PathBuf>,
    /// Leave the host up when the handle is dropped, and take `name` as it is. Tests leave this off: their hosts
    /// get the process id added to the name, so that the same test may run twice at once.
    pub keep: bool,
}

/// What is known about a host, as `cargo xtask host` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostInfo {
    /// Its host name.
    pub name: String,
    /// Its address on the bridge.
    pub address: Ipv4Addr,
    /// Its PID 1 as this machine numbers it; for a virtual machine QEMU itself.
    pub leader: u32,
    /// Container or machine.
    pub kind: Kind,
    /// Its Debian release.
    pub suite: Suite,
}

impl From<&Record> for HostInfo {
    fn from(record: &Record) -> Self {
        Self {
            name: record.name.clone(),
            address: record.address,
            leader: record.leader.map_or(0, |leader| leader.pid),
            kind: record.kind,
            suite: record.suite,
        }
    }
}

/// Who runs a command inside a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// A user of the host with all its groups.
    Named(String),
    /// A bare uid and the gid of the same number, no groups; needs no user of that number.
    Uid(u32),
}

impl From<&str> for User {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl From<u32> for User {
    fn from(uid: u32) -> Self {
        Self::Uid(uid)
    }
}

/// A Debian host that is up.
#[derive(Debug)]
pub struct Host {
    record: Record,
    image: Image,
    expected: Mutex<Vec<String>>,
    /// Whether dropping takes the host down.
    owned: bool,
}

/// The hosts that are up now.
pub fn list() -> Result<Vec<HostInfo>> {
    registry::reap()?;
    Ok(registry::all()?.iter().map(HostInfo::from).collect())
}

/// Takes down hosts whose test or command is gone. Returns their names.
pub fn reap() -> Result<Vec<String>> {
    registry::reap()
}

/// The package that `cargo xtask deb` built last: `NUSANTARA_DEB`, or the newest one below `target/debian`.
pub fn panel_package() -> Result<PathBuf> {
    if let Some(path) = env::var_os("NUSANTARA_DEB") {
        return Ok(PathBuf::from(path));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/debian");
    let newest = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .max_by_key(|path| path.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH));
    newest.ok_or_else(|| Error::NoPackage(folder.display().to_string()))
}

impl Host {
    /// Boots a host and waits until systemd says `running`. The first one of a kind and suite builds its image.
    pub fn up(name: &str, options: &HostOptions) -> Result<Self> {
        let keep = options.keep || env::var_os("NUSANTARA_KEEP").is_some_and(|value| value == "1");
        let name = if options.keep { name.to_owned() } else { format!("{name}-{}", std::process::id()) };
        check_name(&name)?;
        let image = Image::get(options.kind, options.suite, options.databases, options.authority)?;
        let record = registry::claim(&name, options.kind, options.suite, keep)?;
        // Owned until everything worked, so that a host which fails to come up is not left behind.
        let mut host = Self { record, image, expected: Mutex::default(), owned: true };
        match host.boot(options) {
            Ok(()) => {
                host.owned = !keep;
                Ok(host)
            }
            Err(error) => {
                let error = host.explain(error);
                host.owned = false;
                registry::release(&host.record)?;
                Err(error)
            }
        }
    }

    /// A fresh container with the panel's package installed, see [`panel_package`].
    pub fn with_panel(name: &str) -> Result<Self> {
        Self::up(name, &HostOptions { install: Some(panel_package()?), ..HostOptions::default() })
    }

    /// A handle for a host that somebody else booted. Dropping it leaves the host up.
    pub fn attach(name: &str) -> Result<Self> {
        let record = registry::find(name)?;
        let image = Image::get(record.kind, record.suite, false, false)?;
        Ok(Self { record, image, expected: Mutex::default(), owned: false })
    }

    /// Takes a host down. What is left of a host that died is cleared up as well.
    pub fn down(name: &str) -> Result<()> {
        let record = registry::all()?.into_iter().find(|record| record.name == name);
        registry::release(&record.ok_or_else(|| Error::NotUp(name.to_owned()))?)
    }

    fn boot(&mut self, options: &HostOptions) -> Result<()> {
        let (supervisor, leader) = match self.record.kind {
            Kind::Container => container::start(&self.record, &self.image)?,
            Kind::Vm => vm::start(&self.record, &self.image)?,
        };
        self.started(supervisor, leader)?;
        self.wait_until_running()?;
        options.install.as_deref().map_or(Ok(()), |package| self.install(package))
    }

    fn started(&mut self, supervisor: crate::paths::Process, leader: crate::paths::Process) -> Result<()> {
        self.record.supervisor = Some(supervisor);
        self.record.leader = Some(leader);
        let _lock = registry::lock()?;
        registry::write(&self.record)
    }

    fn wait_until_running(&self) -> Result<()> {
        if self.record.kind == Kind::Vm {
            vm::reachable(&self.record, &self.image)?;
        }
        let state = wait::until("systemd saying running", Duration::from_secs(120), || {
            let state = self.exec(["systemctl", "is-system-running"])?.stdout.trim().to_owned();
            Ok(matches!(state.as_str(), "running" | "degraded" | "maintenance").then_some(state))
        })?;
        if state == "running" {
            return Ok(());
        }
        let failed = self.exec(["systemctl", "--failed", "--no-legend", "--plain"])?;
        Err(Error::Unsupported(format!("systemd says {state}: {}", failed.stdout.trim())))
    }

    /// Cuts the power of a machine and switches it on again. Only what it had written is still there.
    pub fn power_cycle(&mut self) -> Result<()> {
        self.cut_power()?;
        self.switch_on()
    }

    /// Cuts the power of a machine, whatever it is at. Commands that run in it end with an error.
    pub fn cut_power(&self) -> Result<()> {
        if self.record.kind == Kind::Container {
            let what = "a container's disk is memory: cut the power of a machine (Kind::Vm)";
            return Err(Error::Unsupported(what.to_owned()));
        }
        vm::power_off(&self.record)
    }

    /// Switches a machine on again whose power was cut, and waits until systemd says `running`.
    pub fn switch_on(&mut self) -> Result<()> {
        let (supervisor, leader) = vm::power_on(&self.record, &self.image)?;
        self.started(supervisor, leader)?;
        self.wait_until_running()
    }

    fn explain(&self, error: Error) -> Error {
        match error {
            Error::Interrupted | Error::Command { .. } => error,
            other => Error::Boot { name: self.record.name.clone(), reason: other.to_string(), console: self.console_end() },
        }
    }

    fn console_end(&self) -> String {
        let console = fs::read_to_string(console(&self.record.name)).unwrap_or_default();
        let lines: Vec<&str> = console.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Its host name; for a test the given one with the process id behind it.
    pub fn name(&self) -> &str {
        &self.record.name
    }

    /// Its address, reachable from this machine and from the other hosts.
    pub fn address(&self) -> Ipv4Addr {
        self.record.address
    }

    /// Its PID 1 as this machine numbers it; for a virtual machine QEMU itself.
    pub fn leader(&self) -> u32 {
        self.info().leader
    }

    /// Everything known about it.
    pub fn info(&self) -> HostInfo {
        HostInfo::from(&self.record)
    }

    fn command<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<Command> {
        match self.record.kind {
            Kind::Container => {
                let mut nsenter = container::enter(&self.record)?;
                nsenter.args(argv.into_iter().map(|word| word.as_ref().to_owned()));
                Ok(nsenter)
            }
            Kind::Vm => {
                let mut ssh = vm::enter(&self.record, &self.image);
                ssh.args(argv.into_iter().map(|word| vm::quote(word.as_ref())));
                Ok(ssh)
            }
        }
    }

    /// Runs a command inside as root, with nothing on standard input. Any exit status is an answer.
    pub fn exec<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<Output> {
        capture(self.command(argv)?, None)
    }

    /// The same with bytes on standard input.
    pub fn exec_with_input<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>, input: &[u8]) -> Result<Output> {
        capture(self.command(argv)?, Some(input))
    }

    /// Runs a command as somebody else: `host.exec_as("joko", ["id"])`, `host.exec_as(12000, ["id"])`.
    pub fn exec_as<S: AsRef<str>>(&self, user: impl Into<User>, argv: impl IntoIterator<Item = S>) -> Result<Output> {
        let switch = match user.into() {
            User::Named(name) => {
                let gid = self.run(["id", "-g", &name])?;
                vec![format!("--reuid={name}"), format!("--regid={}", gid.trim()), "--init-groups".to_owned()]
            }
            User::Uid(uid) => {
                vec![format!("--reuid={uid}"), format!("--regid={uid}"), "--clear-groups".to_owned()]
            }
        };
        let words = std::iter::once("setpriv".to_owned())
            .chain(switch)
            .chain(std::iter::once("--".to_owned()))
            .chain(argv.into_iter().map(|word| word.as_ref().to_owned()));
        self.exec(words)
    }

    /// Runs a command that must end with status 0. Returns its standard output.
    pub fn run<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<String> {
        let argv: Vec<String> = argv.into_iter().map(|word| word.as_ref().to_owned()).collect();
        let output = self.exec(&argv)?;
        check_output(argv.join(" "), output)
    }

    /// Runs a command on this program's own standard input, output and error. Returns its exit status.
    pub fn exec_here<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<i32> {
        let mut command = self.command(argv)?;
        if let Some(terminal) = env::var_os("TERM") {
            command.env("TERM", terminal);
        }
        let status = command.stdin(Stdio::inherit()).status().during(|| "start nsenter".to_owned())?;
        Ok(code(status))
    }

    /// Writes a file as root, mode 0644 for a new one. Its folder must be there.
    pub fn write_file(&self, path: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        let output = self.exec_with_input(["dd", "status=none", &format!("of={path}")], bytes.as_ref())?;
        check_output(format!("write {path}"), output).map(drop)
    }

    /// Reads a text file as root.
    pub fn read_file(&self, path: &str) -> Result<String> {
        self.run(["cat", "--", path])
    }

    /// Whether something is at this path; a dangling link counts.
    pub fn exists(&self, path: &str) -> Result<bool> {
        Ok(self.exec(["test", "-e", path, "-o", "-L", path])?.success())
    }

    /// Installs a package file with apt. Its dependencies must be in the image, for a host has no network.
    pub fn install(&self, package: &Path) -> Result<()> {
        let target = "/var/tmp/nusantara-install.deb";
        let file = File::open(package).during(|| format!("open {}", package.display()))?;
        let mut copy = self.command(["dd", "status=none", "bs=1M", &format!("of={target}")])?;
        let status = copy.stdin(file).status().during(|| "copy the package".to_owned())?;
        if !status.success() {
            return Err(Error::Command {
                command: format!("copy {}", package.display()),
                status: code(status),
                output: "see above".to_owned(),
            });
        }
        let apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-q", "--no-install-recommends", "--reinstall"];
        self.run(apt.into_iter().chain(["install", target]))?;
        self.run(["rm", target]).map(drop)
    }

    /// Asks until the answer is there or the time is up: `host.wait_until("the site", seconds, || Ok(Some(…)))`.
    /// An error of `see` ends the wait; map it to `Ok(None)` where it only means "not yet".
    pub fn wait_until<T>(&self, what: &str, within: Duration, see: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        wait::until(&format!("{what} on {}", self.name()), within, see)
    }

    /// Asks the host's web server, port 80, for a page of the named site.
    pub fn http_get(&self, hostname: &str, path: &str) -> Result<Response> {
        http::get(self.address(), hostname, path)
    }

    /// Everything in this boot's journal from units of this name; `*` and `?` match as in file names.
    pub fn journal(&self, unit: &str) -> Result<Vec<JournalLine>> {
        self.journal_of(unit, "debug")
    }

    fn journal_of(&self, unit: &str, worst: &str) -> Result<Vec<JournalLine>> {
        self.run(["journalctl", "--sync"])?;
        let output =
            self.exec(["journalctl", "--boot", "--no-pager", "--output=json", &format!("--priority={worst}"), &format!("--unit={unit}")])?;
        Ok(journal::parse(&output.stdout))
    }

    /// Announces an error that this test provokes: journal lines that contain `part` do not fail it.
    pub fn expect_error(&self, part: &str) {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).push(part.to_owned());
    }

    /// Fails when a unit of ours has logged at priority err or worse and nobody expected it.
    pub fn check_journal(&self) -> Result<()> {
        let lines = self.journal_of("nusantara*", "err")?;
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        let bad = journal::unexpected(&lines, &expected);
        if bad.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = bad.iter().map(|line| format!("{} <{}> {}", line.unit, line.priority, line.message)).collect();
        Err(Error::Journal { host: self.name().to_owned(), lines: lines.join("\n") })
    }

    /// Ends a test: checks the journal, then takes the host down, also when the check failed.
    pub fn finish(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        if !self.owned {
            return self.check_journal();
        }
        self.owned = false;
        let checked = self.check_journal();
        let released = registry::release(&self.record);
        checked.and(released)
    }

    /// The last lines of our units, for whoever reads why a test failed.
    fn show_journal(&self) {
        let words = ["journalctl", "--boot", "--no-pager", "--lines=60", "--unit=nusantara*", "--unit=nginx.service"];
        if let Ok(output) = self.exec(words) {
            eprintln!("--- journal of our units on {} ---\n{}---", self.name(), output.stdout);
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if !self.owned {
            return;
        }
        let panicking = thread::panicking();
        if !self.record.supervisor.is_some_and(crate::paths::Process::alive) {
            eprintln!("host {} is off; its console ends with:\n{}", self.name(), self.console_end());
        } else {
            // A test that went well ended its host itself.
            self.show_journal();
        }
        if let Err(error) = self.end() {
            eprintln!("{error}");
            // A host that could not even be asked has failed its test in another way: that error is the one to show.
            #[allow(clippy::panic, reason = "a test that drops its host instead of finishing it must fail as well")]
            if !panicking && matches!(error, Error::Journal { .. }) {
                panic!("host {} ended with an error", self.record.name);
            }
        }
    }
}

/// Letters that work in host names, interface names and file names alike.
fn check_name(name: &str) -> Result<()> {
    let letters = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if letters && first && name.len() <= 40 { Ok(()) } else { Err(Error::BadName(name.to_owned())) }
}
