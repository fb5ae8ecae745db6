//! Sockets come from systemd, named by `FileDescriptorName=`; without it (tests, a developer) they are bound here.

use crate::config::Config;
use listenfd::ListenFd;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

/// The two listeners, non-blocking.
pub(super) struct Sockets {
    pub(super) https: TcpListener,
    pub(super) local: UnixListener,
}

/// Takes what systemd handed over and binds the rest.
pub(super) fn take(config: &Config) -> Result<Sockets, String> {
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
        None => UnixListener::bind(&config.local_socket).map_err(|e| format!("{}: {e}", config.local_socket.display()))?,
    };
    https.set_nonblocking(true).and_then(|()| local.set_nonblocking(true)).map_err(|e| e.to_string())?;
    Ok(Sockets { https, local })
}
