//! What systemd starts in place of an app, as its account and inside its sandbox: reads the app's description, becomes the app; and
//! what sees that the app is well, in the same sandbox.
//!
//! Nothing is decided here: the description was judged before it was written, by root, and only root writes it. Whoever starts this
//! by hand gets what their own uid may do anyway.

use nusantara_types::apps::{AppListen, AppProgram, NodeApp};
use nusantara_types::{AppName, Username};
use rustix::process::Pid;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The hidden subcommand `main` must route to [`run_main`]: `nusantara-hostd internal-app-run <username>.<app>.<instance>`.
pub const RUN_SUBCOMMAND: &str = "internal-app-run";
/// The hidden subcommand `main` must route to [`health_main`], with the same argument.
pub const HEALTH_SUBCOMMAND: &str = "internal-app-health";

/// Where Node.js may be.
pub const NODE: &[&str] = &["/usr/bin/node", "/usr/bin/nodejs"];
/// Where Python may be.
pub const PYTHON: &[&str] = &["/usr/bin/python3"];

const DESCRIPTIONS: &str = "/var/lib/nusantara-hostd/apps";
const SOCKETS: &str = "/run/nusantara-app";

/// How long an app without a health page may take to accept connections.
const ACCEPT_PATIENCE: Duration = Duration::from_secs(20);
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest one look may take.
const LOOK: Duration = Duration::from_secs(10);

/// An instance with its description.
struct Instance {
    username: Username,
    app: NodeApp,
    number: u32,
}

impl Instance {
    fn load(args: &[OsString]) -> Result<Self, String> {
        let [name] = args else { return Err("wrong number of arguments".to_owned()) };
        let mut parts = name.to_str().unwrap_or_default().split('.');
        let (Some(username), Some(app), Some(number), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err("an instance is called <username>.<app>.<number>".to_owned());
        };
        let username: Username = username.parse().map_err(|e| format!("{e}"))?;
        let name: AppName = app.parse().map_err(|e| format!("{e}"))?;
        let number: u32 = number.parse().map_err(|_| "the number of the instance is none".to_owned())?;
        let file = Path::new(DESCRIPTIONS).join(username.as_str()).join(format!("{name}.json"));
        let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let app = serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", file.display()))?;
        Ok(Self { username, app, number })
    }

    fn home(&self) -> PathBuf {
        Path::new("/home").join(self.username.as_str())
    }

    /// What `PORT` says.
    fn place(&self) -> Place {
        match self.app.listen {
            AppListen::Port(first) => Place::Port(first.get().saturating_add(u16::try_from(self.number).unwrap_or(u16::MAX))),
            AppListen::Socket {} => {
                Place::Socket(Path::new(SOCKETS).join(self.username.as_str()).join(format!("{}.{}.sock", self.app.name, self.number)))
            }
        }
    }
}

/// Where an instance listens.
enum Place {
    Port(u16),
    Socket(PathBuf),
}

/// The first of `places` that is there.
#[must_use]
pub fn installed(places: &[&'static str]) -> Option<&'static str> {
    places.iter().copied().find(|path| Path::new(path).is_file())
}

/// Becomes the app. Comes back only when that cannot be, and says why on standard error.
#[must_use]
pub fn run_main(args: &[OsString]) -> ExitCode {
    // Only on failure does this come back.
    said(Instance::load(args).map(|instance| become_app(&instance)).unwrap_or_else(|e| e))
}

fn said(why: String) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

/// Replaces this process by the app; answers with why it could not.
#[expect(clippy::disallowed_methods, reason = "the process becomes the app; nothing is started beside it")]
fn become_app(instance: &Instance) -> String {
    let (app, home) = (&instance.app, instance.home());
    let folder = home.join(app.folder.as_str());
    let below = |path: &str| folder.join(path);
    let (program, script) = match &app.program {
        AppProgram::Node(script) => (installed(NODE).map(PathBuf::from), Some(below(script.as_str()))),
        AppProgram::Python(script) => (installed(PYTHON).map(PathBuf::from), Some(below(script.as_str()))),
        AppProgram::File(file) => (Some(below(file.as_str())), None),
    };
    let Some(program) = program else { return "what runs this app is not installed on this host".to_owned() };
    let port = match instance.place() {
        Place::Port(port) => OsString::from(port.to_string()),
        Place::Socket(socket) => {
            // A process that was killed leaves its socket behind, and the next could not bind.
            match std::fs::remove_file(&socket) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return format!("{}: {e}", socket.display()),
                _ => socket.into_os_string(),
            }
        }
    };
    let error = std::process::Command::new(&program)
        .args(script)
        .args(app.args.iter().map(|arg| arg.as_str()))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .envs(app.env.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        .env("HOME", &home)
        .env("USER", instance.username.as_str())
        .env("LOGNAME", instance.username.as_str())
        .env("TMPDIR", home.join("tmp"))
        .env("PORT", port)
        .env("INSTANCE", instance.number.to_string())
        .current_dir(&folder)
        .exec();
    format!("{} in {}: {error}", program.display(), folder.display())
}

/// Waits until the app is well: its page answers below 500, or it accepts a connection. `MAINPID` says whom to wait for.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "systemd says in the environment which process this waits for")]
pub fn health_main(args: &[OsString]) -> ExitCode {
    let main = std::env::var("MAINPID").ok().and_then(|pid| Pid::from_raw(pid.parse().ok()?));
    match Instance::load(args).and_then(|instance| well(&instance, main)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => said(why),
    }
}

/// `main` is asked for by a signal that does nothing: it is in another user namespace, so it is not to be seen in `/proc`, but of
/// the same user.
fn well(instance: &Instance, main: Option<Pid>) -> Result<(), String> {
    let health = instance.app.health.as_ref();
    let patience = health.map_or(ACCEPT_PATIENCE, |h| Duration::from_secs(u64::from(h.within_seconds)));
    let until = Instant::now() + patience;
    loop {
        let left = until.saturating_duration_since(Instant::now()).clamp(PAUSE, LOOK);
        let why = match look(&instance.place(), health.map(|h| h.path.as_str()), left) {
            Ok(()) => return Ok(()),
            Err(why) => why,
        };
        if main.is_some_and(|pid| rustix::process::test_kill_process(pid).is_err()) {
            return Err("it ended before it was well".to_owned());
        }
        if Instant::now() >= until {
            return Err(format!("it was not well after {} s: {why}", patience.as_secs()));
        }
        std::thread::sleep(PAUSE);
    }
}

fn look(place: &Place, page: Option<&str>, left: Duration) -> Result<(), String> {
    let text = |e: std::io::Error| e.to_string();
    match place {
        Place::Port(port) => {
            let stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, *port)), left).map_err(text)?;
            stream.set_read_timeout(Some(left)).map_err(text)?;
            page.map_or(Ok(()), |page| ask(stream, page))
        }
        Place::Socket(socket) => {
            let stream = UnixStream::connect(socket).map_err(text)?;
            stream.set_read_timeout(Some(left)).map_err(text)?;
            page.map_or(Ok(()), |page| ask(stream, page))
        }
    }
}

/// Asks for a page and looks at the status alone: the twelve bytes `HTTP/1.1 200`.
fn ask(mut stream: impl Read + Write, page: &str) -> Result<(), String> {
    // HTTP/1.0: the answer is not chunked and the connection ends by itself.
    let request = format!("GET {page} HTTP/1.0\r\nHost: localhost\r\nUser-Agent: nusantara-probe\r\n\r\n");
    let mut line = [0; 12];
    stream.write_all(request.as_bytes()).and_then(|()| stream.read_exact(&mut line)).map_err(|e| e.to_string())?;
    let status = line.strip_prefix(b"HTTP/1.").and_then(|rest| std::str::from_utf8(rest.get(2..)?).ok()?.parse::<u16>().ok());
    match status {
        Some(100..=499) => Ok(()),
        Some(status) => Err(format!("{page} answers {status}")),
        None => Err(format!("{page} answers no HTTP")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake(std::io::Cursor<Vec<u8>>);
    impl Read for Fake {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(buffer)
        }
    }
    impl Write for Fake {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_page_is_well_below_500() {
        let answer = |text: &str| ask(Fake(std::io::Cursor::new(text.as_bytes().to_vec())), "/health");
        assert!(answer("HTTP/1.1 200 OK\r\n").is_ok() && answer("HTTP/1.0 404 Not Found\r\n").is_ok());
        assert_eq!(answer("HTTP/1.1 503 Busy\r\n").unwrap_err(), "/health answers 503");
        assert!(answer("SSH-2.0-OpenSSH_9").is_err() && answer("").is_err());
    }

    #[test]
    fn an_instance_is_three_names() {
        for bad in ["", "joko", "joko.shop", "joko.shop.1.2", "root/.shop.0", "joko.shop.x"] {
            assert!(Instance::load(&[OsString::from(bad)]).is_err(), "{bad:?}");
        }
    }
}
