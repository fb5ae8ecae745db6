//! A panel that is started while its database is away.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests")]

use nusantara_testdb::{Kind, Server};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The process, ended with the test.
struct Panel(Child);

impl Drop for Panel {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Panel {
    fn start(folder: &Path, url: &str) -> Self {
        let at = |name: &str| folder.join(name).display().to_string();
        let config = format!(
            "database_url = {url:?}\nlisten = \"127.0.0.1:0\"\nlocal_socket = {:?}\nstate_dir = {:?}\naudit_file = {:?}\nhostd_socket = {:?}\n",
            at("panel.sock"),
            at(""),
            at("audit.jsonl"),
            at("hostd.sock"),
        );
        std::fs::write(folder.join("panel.toml"), config).unwrap();
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_nusantarad"));
        command.arg("--config").arg(folder.join("panel.toml")).env_clear().stdin(Stdio::null());
        Self(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }
}

/// What root is answered; none while nobody listens.
fn ask(folder: &Path, path: &str) -> Option<String> {
    let mut stream = UnixStream::connect(folder.join("panel.sock")).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

fn until(folder: &Path, path: &str, wanted: impl Fn(&str) -> bool) -> String {
    let began = Instant::now();
    loop {
        let answer = ask(folder, path);
        if let Some(answer) = answer.as_ref().filter(|answer| wanted(answer)) {
            return answer.clone();
        }
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(began.elapsed() < Duration::from_secs(60), "{path}: {answer:?}\n{}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn starts_without(kind: Kind) {
    let mut server = Server::start(kind);
    let url = server.database("panel");
    server.kill();
    let folder = tempfile::tempdir().unwrap();
    let mut panel = Panel::start(folder.path(), &url);
    for path in ["/api/v1/accounts", "/healthz", "/"] {
        let answer = until(folder.path(), path, |_| true);
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\"code\":\"database_away\""), "{path}: {answer}");
        assert!(answer.contains("\r\nretry-after: 5\r\n") && answer.contains("\r\ncontent-security-policy: "), "{path}: {answer}");
    }
    server.restart();
    let answer = until(folder.path(), "/api/v1/accounts", |answer| !answer.starts_with("HTTP/1.1 503 "));
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"items\":[]"), "{answer}");
    assert!(until(folder.path(), "/healthz", |_| true).contains("\"ok\""));

    // Told to end while it waits, it ends.
    drop(panel);
    server.kill();
    panel = Panel::start(folder.path(), &url);
    until(folder.path(), "/healthz", |answer| answer.starts_with("HTTP/1.1 503 "));
    rustix::process::kill_process(rustix::process::Pid::from_child(&panel.0), rustix::process::Signal::TERM).unwrap();
    assert!(panel.0.wait().unwrap().success());
}

#[test]
fn a_start_without_its_postgresql_answers_503_until_it_is_there() {
    starts_without(Kind::Postgres);
}

#[test]
fn a_start_without_its_mariadb_answers_503_until_it_is_there() {
    starts_without(Kind::Mariadb);
}
