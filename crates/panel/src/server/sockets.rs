//! Sockets come from systemd, named by `FileDescriptorName=`; without it (tests, a developer) they are bound here.

use crate::config::Config;
use listenfd::ListenFd;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// The two listeners, non-blocking.
pub(crate) struct Sockets {
    pub(super) https: TcpListener,
    pub(super) local: UnixListener,
}

impl Sockets {
    /// Takes what systemd handed over and binds the rest.
    ///
    /// # Errors
    /// A sentence for the log.
    pub(crate) fn take(config: &Config) -> Result<Self, String> {
        let mut given = ListenFd::from_env();
        let (mut https, mut local) = (None, None);
        for (index, name) in config.socket_names.iter().enumerate() {
            match name.as_str() {
                "https" => https = given.take_tcp_listener(index).map_err(|e| format!("socket {name}: {e}"))?,
                "local" => local = given.take_unix_listener(index).map_err(|e| format!("socket {name}: {e}"))?,
                other => return Err(format!("systemd handed over a socket named {other:?}, which is not known")),
            }
        }
        let https = match https {
            Some(listener) => listener,
            None => TcpListener::bind(config.listen).map_err(|e| format!("{}: {e}", config.listen))?,
        };
        let local = match local {
            Some(listener) => listener,
            None => bind(&config.local_socket).map_err(|e| format!("{}: {e}", config.local_socket.display()))?,
        };
        https.set_nonblocking(true).and_then(|()| local.set_nonblocking(true)).map_err(|e| e.to_string())?;
        Ok(Self { https, local })
    }

    /// The same sockets once more: whoever is not served by the one waits for the other.
    pub(crate) fn again(&self) -> Result<Self, String> {
        let again = || Ok(Self { https: self.https.try_clone()?, local: self.local.try_clone()? });
        again().map_err(|error: std::io::Error| format!("the panel's sockets: {error}"))
    }
}

/// Binds the local socket. What a killed process left there is in the way and answers nobody.
fn bind(path: &Path) -> std::io::Result<UnixListener> {
    if UnixStream::connect(path).is_err_and(|e| e.kind() == ErrorKind::ConnectionRefused) {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}
