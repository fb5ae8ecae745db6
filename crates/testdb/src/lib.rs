//! Real PostgreSQL and MariaDB servers for tests: Debian's programs on a folder and a Unix socket of their own, ended with the test.
//!
//! It refuses to go on without them: a test that needs a database server and finds none fails and says what to install. It knows no
//! SQL driver; databases are made with the servers' own clients.
#![allow(clippy::unwrap_used, clippy::panic, reason = "it is for tests, which want to end where something is wrong")]

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long a server may take to be ready, to end, or to make its files.
const PATIENCE: Duration = Duration::from_secs(90);

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    Mariadb,
}

/// The user a server runs as; both refuse to be root.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

/// A server of its own, ended when dropped.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    /// None as long as it was killed.
    child: Option<Child>,
    folder: TempDir,
    user: User,
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // For PostgreSQL this is "end at once, and your children with you"; MariaDB has no children.
        let signal = match self.kind {
            Kind::Postgres => Signal::QUIT,
            Kind::Mariadb => Signal::KILL,
        };
        let _ = kill_process(pid_of(&child), signal);
        let _ = child.wait();
    }
}

impl Server {
    /// Makes a server and starts it.
    ///
    /// # Panics
    /// When it is not installed, or does not start: with its own words.
    #[must_use]
    pub fn start(kind: Kind) -> Self {
        let user = user(kind);
        let folder = tempfile::tempdir().unwrap();
        chown(folder.path(), Some(user.uid), Some(user.gid)).unwrap();
        let mut server = Self { kind, child: None, folder, user };
        // A place of its own for temporary tables: MariaDB empties it at its start, also of what another server has there.
        std::fs::create_dir(server.path("tmp")).unwrap();
        chown(server.path("tmp"), Some(user.uid), Some(user.gid)).unwrap();
        let data = server.path("data");
        let mut make = match kind {
            Kind::Postgres => {
                let mut make = server.command("initdb");
                make.args(["--auth=trust", "--no-sync", "--username=panel", "--encoding=UTF8", "--locale=C.UTF-8", "-D"]).arg(&data);
                make
            }
            Kind::Mariadb => {
                let mut make = server.command("mariadb-install-db");
                make.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                make.arg(format!("--datadir={}", data.display()));
                make
            }
        };
        server.run(&mut make);
        server.restart();
        server
    }

    /// Starts it again after [`Server::kill`], on the same files.
    ///
    /// # Panics
    /// When it does not start: with its own words.
    pub fn restart(&mut self) {
        let mut start = self.command(match self.kind {
            Kind::Postgres => "postgres",
            Kind::Mariadb => "mariadbd",
        });
        let (data, folder) = (self.path("data"), self.folder.path());
        match self.kind {
            Kind::Postgres => start.args(["-c", "listen_addresses=", "-c", "max_connections=100", "-k"]).arg(folder).arg("-D").arg(data),
            Kind::Mariadb => start.args(["--no-defaults", "--skip-networking", "--innodb-buffer-pool-size=32M"]).args([
                format!("--datadir={}", data.display()),
                format!("--socket={}", self.path("db.sock").display()),
                format!("--pid-file={}", self.path("pid").display()),
            ]),
        };
        // Both tell a service manager when they answer.
        let notify = self.path("notify");
        let _ = std::fs::remove_file(&notify);
        let ready = UnixDatagram::bind(&notify).unwrap();
        chown(&notify, Some(self.user.uid), Some(self.user.gid)).unwrap();
        ready.set_read_timeout(Some(PATIENCE)).unwrap();
        start.env("NOTIFY_SOCKET", &notify);
        self.child = Some(start.spawn().unwrap());
        let mut said = [0; 4096];
        loop {
            let Ok(length) = ready.recv(&mut said) else { panic!("{:?} did not become ready: {}", self.kind, self.words()) };
            if said[..length].split(|b| *b == b'\n').any(|line| line == b"READY=1") {
                return;
            }
        }
    }

    /// Ends it as a failing machine does: nothing is told to anybody, nothing is written any more.
    ///
    /// # Panics
    /// When some of it does not end.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // The processes that PostgreSQL has for its connections would hold up its next start.
        let handles: Vec<OwnedFd> = children(&child).into_iter().filter_map(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        let patience = Timespec::try_from(PATIENCE).unwrap();
        for handle in handles {
            let _ = rustix::process::pidfd_send_signal(&handle, Signal::KILL);
            let ended = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&patience)).unwrap();
            assert_eq!(ended, 1, "a process of {:?} did not end", self.kind);
        }
    }

    /// Makes an empty database and returns its address.
    ///
    /// # Panics
    /// When the server refuses.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        let folder = self.folder.path();
        let mut make = match self.kind {
            Kind::Postgres => {
                let mut make = self.command("createdb");
                make.arg("-h").arg(folder).args(["-U", "panel", name]);
                make
            }
            Kind::Mariadb => {
                let mut make = self.command("mariadb-admin");
                make.args(["--no-defaults", "--user=root"]).arg(format!("--socket={}", self.path("db.sock").display()));
                make.args(["create", name]);
                make
            }
        };
        self.run(&mut make);
        let folder = folder.display();
        match self.kind {
            Kind::Postgres => format!("postgres://panel@localhost/{name}?host={folder}"),
            Kind::Mariadb => format!("mysql://root@localhost/{name}?socket={folder}/db.sock"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program of the server, as its user, that ends with this test whatever becomes of it.
    #[expect(clippy::disallowed_methods, reason = "a test starts the servers it tests against")]
    fn command(&self, name: &str) -> Command {
        let program = program(self.kind, name);
        let mut command = Command::new("/usr/bin/setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if rustix::process::getuid().is_root() {
            command.args([format!("--reuid={}", self.user.uid), format!("--regid={}", self.user.gid), "--clear-groups".to_owned()]);
        }
        command
            .arg("--")
            .arg(program)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("TMPDIR", self.path("tmp"))
            .current_dir(self.folder.path());
        let said = OpenOptions::new().create(true).append(true).mode(0o600).open(self.path("said")).unwrap();
        command.stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        command
    }

    fn run(&self, command: &mut Command) {
        assert!(command.status().unwrap().success(), "{:?} refused: {}", self.kind, self.words());
    }

    /// What it wrote.
    fn words(&self) -> String {
        std::fs::read_to_string(self.path("said")).unwrap_or_default()
    }
}

/// Who the package of the server made for it; whoever runs the tests, when that is not root.
fn user(kind: Kind) -> User {
    if !rustix::process::getuid().is_root() {
        return User { uid: rustix::process::getuid().as_raw(), gid: rustix::process::getgid().as_raw() };
    }
    let name = match kind {
        Kind::Postgres => "postgres",
        Kind::Mariadb => "mysql",
    };
    let all = std::fs::read_to_string("/etc/passwd").unwrap();
    let fields = all.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&name));
    let Some(fields) = fields else { panic!("{}", missing(kind)) };
    User { uid: fields[2].parse().unwrap(), gid: fields[3].parse().unwrap() }
}

fn program(kind: Kind, name: &str) -> PathBuf {
    let mut folders: Vec<PathBuf> = ["/usr/sbin", "/usr/bin"].map(PathBuf::from).into();
    if kind == Kind::Postgres {
        // One folder for each version; the newest first.
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
        let mut versions: Vec<PathBuf> = versions.collect();
        versions.sort_unstable_by_key(|folder| std::cmp::Reverse(number(folder)));
        folders = versions.iter().map(|folder| folder.join("bin")).chain(folders).collect();
    }
    let found = folders.iter().map(|folder| folder.join(name)).find(|program| is_program(program));
    found.unwrap_or_else(|| panic!("{}", missing(kind)))
}

fn number(folder: &Path) -> u32 {
    folder.file_name().and_then(OsStr::to_str).and_then(|name| name.parse().ok()).unwrap_or_default()
}

fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

fn missing(kind: Kind) -> String {
    let package = match kind {
        Kind::Postgres => "postgresql",
        Kind::Mariadb => "mariadb-server",
    };
    format!("this test needs Debian's package {package}: `make test` installs it, and so does  apt-get install {package}")
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// The processes that `child` has started and that are still there.
fn children(child: &Child) -> Vec<Pid> {
    let of = |pid: &u32| {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|stat| {
            // The name may hold anything but ends with the last parenthesis; behind it are the state and the parent.
            stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
        })
    };
    let all = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mine = all.filter(|pid| of(pid) == Some(child.id()));
    mine.filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).collect()
}
