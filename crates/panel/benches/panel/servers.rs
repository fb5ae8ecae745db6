//! What is asked: the panel, and nginx beside it, each on the one core that is measured.

use crate::load::Target;
use crate::{ASKED_FROM, SERVED_ON};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_setaffinity};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Keeps this thread, and what it starts from now on, on one core.
pub(crate) fn on_core(core: usize) {
    let mut only = CpuSet::new();
    only.set(core);
    sched_setaffinity(None, &only).unwrap_or_else(|error| panic!("this needs two cores: core {core}: {error}"));
}

/// A process, told to end when dropped.
pub(crate) struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        on_core(SERVED_ON);
        let child = command.stdin(Stdio::null()).spawn();
        on_core(ASKED_FROM);
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A panel's folder and program.
pub(crate) struct Panel {
    folder: PathBuf,
    program: PathBuf,
    address: SocketAddr,
}

impl Panel {
    pub(crate) fn new(folder: &Path, program: &Path, url: &str) -> Self {
        let address = free_address();
        let at = |name: &str| folder.join(name).display().to_string();
        let config = format!(
            "database_url = {url:?}\nlisten = \"{address}\"\nlocal_socket = {:?}\nstate_dir = {:?}\naudit_file = {:?}\n\
             hostd_socket = {:?}\nreconcile = \"off\"\n",
            at("panel.sock"),
            at("state"),
            at("audit.jsonl"),
            at("hostd.sock"),
        );
        std::fs::create_dir(folder.join("state")).unwrap();
        std::fs::write(folder.join("panel.toml"), config).unwrap();
        Self { folder: folder.to_owned(), program: program.to_owned(), address }
    }

    pub(crate) fn start(&self) -> Running {
        let log = std::fs::File::create(self.folder.join("log")).unwrap();
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.folder.join("panel.toml")).env_clear();
        Running::start(command.stdout(log.try_clone().unwrap()).stderr(log))
    }

    /// Its certificate and key, made at its first start.
    pub(crate) fn tls(&self) -> [PathBuf; 2] {
        ["cert.pem", "key.pem"].map(|name| self.folder.join("state/tls").join(name))
    }

    pub(crate) fn target(&self) -> Target {
        let began = Instant::now();
        loop {
            if let Some(target) = Target::new(self.address, &self.tls()[0]) {
                return target;
            }
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_secs(60), "the panel has no certificate: {}", log());
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The distribution's nginx with one worker, and files of given bytes.
pub(crate) struct Nginx {
    address: SocketAddr,
    _running: Running,
}

impl Nginx {
    /// Serves `bodies` as the files `0`, `1` and so on.
    pub(crate) fn start(folder: &Path, [certificate, key]: &[PathBuf; 2], bodies: &[Vec<u8>]) -> Self {
        let (address, www) = (free_address(), folder.join("www"));
        std::fs::create_dir(&www).unwrap();
        for (number, body) in bodies.iter().enumerate() {
            std::fs::write(www.join(number.to_string()), body).unwrap();
        }
        let at = folder.display();
        // As the distribution ships it (sendfile, tcp_nopush), without a log: the panel writes none either.
        let config = format!(
            "daemon off;\nuser root;\nworker_processes 1;\npid {at}/nginx.pid;\nerror_log {at}/nginx.log;\nevents {{}}\nhttp {{\n access_log off;\n \
             sendfile on;\n tcp_nopush on;\n keepalive_requests 100000000;\n default_type application/json;\n client_body_temp_path {at}/body;\n \
             proxy_temp_path {at}/proxy;\n fastcgi_temp_path {at}/fastcgi;\n uwsgi_temp_path {at}/uwsgi;\n scgi_temp_path {at}/scgi;\n \
             server {{\n  listen {address} ssl;\n  ssl_certificate {};\n  ssl_certificate_key {};\n  root {};\n }}\n}}\n",
            certificate.display(),
            key.display(),
            www.display(),
        );
        std::fs::write(folder.join("nginx.conf"), config).unwrap();
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-c").arg(folder.join("nginx.conf")).arg("-e").arg(folder.join("nginx.log"));
        let nginx = Self { address, _running: Running::start(&mut command) };
        let target = Target::new(address, certificate).unwrap();
        let began = Instant::now();
        while let Err(error) = target.try_connect().and_then(|mut connection| connection.ask("/0", "")) {
            assert!(began.elapsed() < Duration::from_secs(10), "nginx does not answer: {error}");
            std::thread::sleep(Duration::from_millis(1));
        }
        nginx
    }

    pub(crate) fn url(&self, file: &str) -> String {
        format!("https://{}/{file}", self.address)
    }
}
