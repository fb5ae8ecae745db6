//! Forwards ports of localhost to a host, so that its panel and sites open in a browser of this machine.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    thread,
};

use crate::Result;

/// A port of localhost that is ours; connections wait until the host is known.
pub(crate) struct Port(Vec<TcpListener>);

impl Port {
    /// Takes the port on both loopback addresses.
    pub(crate) fn take(port: u16) -> Result<Self> {
        let mut listeners = Vec::new();
        let addresses: [SocketAddr; 2] = [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
        for address in addresses {
            match TcpListener::bind(address) {
                Ok(listener) => listeners.push(listener),
                // A machine without IPv6 has only the other one.
                Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable && address.is_ipv6() => {}
                Err(error) => return Err(format!("cannot listen on {address}: {error}").into()),
            }
        }
        Ok(Self(listeners))
    }

    /// From now on, for as long as the program runs, what connects to the port talks to the host.
    pub(crate) fn forward(self, host: Ipv4Addr, port: u16) -> Result<()> {
        let target = SocketAddr::from((host, port));
        for listener in self.0 {
            thread::Builder::new().name("forward".to_owned()).spawn(move || {
                for connection in listener.incoming().flatten() {
                    thread::spawn(move || connect(connection, target));
                }
            })?;
        }
        Ok(())
    }
}

/// Copies both ways; each direction is closed when its source is, as the other may still have something to say.
fn connect(inner: TcpStream, target: SocketAddr) {
    let Ok(outer) = TcpStream::connect(target) else { return };
    let (Ok(inner_twin), Ok(outer_twin)) = (inner.try_clone(), outer.try_clone()) else { return };
    let back = thread::spawn(move || copy(outer_twin, inner_twin));
    copy(inner, outer);
    back.join().ok();
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    io::copy(&mut from, &mut to).ok();
    to.shutdown(Shutdown::Write).ok();
}
