//! Databases to test on: SQLite always, PostgreSQL and MariaDB when their servers are installed on this machine.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// `nobody`: both servers refuse to run as root.
const UNPRIVILEGED: u32 = 65_534;

/// A database server of its own, ended when dropped.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    kind: &'static str,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test starts the servers it tests against")]
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if rustix_is_root() {
        command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
    }
    command
}

fn rustix_is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

fn program(names: &[&str]) -> Option<PathBuf> {
    let mut folders = vec![PathBuf::from("/usr/local/bin"), "/usr/sbin".into(), "/usr/bin".into()];
    for version in (13..=19).rev() {
        folders.insert(0, format!("/usr/lib/postgresql/{version}/bin").into());
    }
    names.iter().flat_map(|name| folders.iter().map(move |f| f.join(name))).find(|p| p.exists())
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    if rustix_is_root() {
        chown(folder.path(), Some(UNPRIVILEGED), Some(UNPRIVILEGED)).unwrap();
    }
    folder
}

fn wait_for(path: &Path) {
    let began = Instant::now();
    while !path.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "{} did not appear", path.display());
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Server {
    /// PostgreSQL on a socket in a folder of its own.
    pub(crate) fn postgres() -> Option<Self> {
        let (initdb, postgres) = (program(&["initdb"])?, program(&["postgres"])?);
        let folder = folder();
        let data = folder.path().join("data");
        let made = command(&initdb)
            .args(["--auth=trust", "--no-sync", "--username=panel", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .status();
        assert!(made.unwrap().success(), "initdb failed");
        let mut server = command(&postgres);
        server.args(["-F", "-c", "listen_addresses=", "-c", "max_connections=100", "-k"]).arg(folder.path()).arg("-D").arg(&data);
        let child = server.spawn().unwrap();
        wait_for(&folder.path().join(".s.PGSQL.5432"));
        Some(Self { child, folder, kind: "postgres" })
    }

    /// MariaDB on a socket in a folder of its own.
    pub(crate) fn mariadb() -> Option<Self> {
        let (install, mariadbd) = (program(&["mariadb-install-db"])?, program(&["mariadbd"])?);
        let folder = folder();
        let data = format!("--datadir={}", folder.path().join("data").display());
        let made = command(&install).args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", &data]).status();
        assert!(made.unwrap().success(), "mariadb-install-db failed");
        let socket = folder.path().join("db.sock");
        let mut server = command(&mariadbd);
        server.args(["--no-defaults", "--skip-networking", &data, &format!("--socket={}", socket.display())]);
        server.arg(format!("--pid-file={}", folder.path().join("pid").display()));
        let child = server.spawn().unwrap();
        wait_for(&socket);
        Some(Self { child, folder, kind: "mysql" })
    }

    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        let folder = self.folder.path().display();
        match self.kind {
            "postgres" => format!("postgres://panel@localhost/{database}?host={folder}"),
            _ => format!("mysql://root@localhost/{database}?socket={folder}/db.sock"),
        }
    }

    /// Makes an empty database and returns its address.
    pub(crate) async fn database(&self, name: &str) -> String {
        use sea_orm::ConnectionTrait;
        let admin = if self.kind == "postgres" { "postgres" } else { "mysql" };
        let began = Instant::now();
        let db = loop {
            match sea_orm::Database::connect(self.url(admin)).await {
                Ok(db) => break db,
                // The socket is there a moment before the server answers.
                Err(e) => assert!(began.elapsed() < Duration::from_secs(30), "{e}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        db.execute_unprepared(&format!("create database {name}")).await.unwrap();
        db.close().await.unwrap();
        self.url(name)
    }
}
