//! What happens to a connection before it is spoken on: who is at the other end is established from the socket, and nobody may
//! hold more connections than is reasonable (SECURITY R19, R39).

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpStream, UnixStream};
use tower::Layer;

/// Connections one address may hold.
const PER_ADDRESS: usize = 50;
/// Connections in all.
const IN_ALL: usize = 4_096;

/// Where a request came in. An extension of every request; taken from the socket, never from a header.
#[derive(Debug, Clone)]
pub(crate) enum Channel {
    /// HTTPS, from this address.
    Https(IpAddr, #[expect(dead_code, reason = "held for as long as the connection lives")] Arc<Held>),
    /// The local socket, and the peer is root.
    LocalRoot,
}

#[cfg(test)]
impl Channel {
    /// A connection from an address that nobody counts.
    pub(crate) fn https_for_tests(address: IpAddr) -> Self {
        Self::Https(address, Arc::new(Held { address, open: Arc::default() }))
    }
}

/// Lets only root in over the local socket, whatever the socket file's mode says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalAcceptor;

impl<S> Accept<UnixStream, S> for LocalAcceptor {
    type Stream = UnixStream;
    type Service = AddExtension<S, Channel>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: UnixStream, service: S) -> Self::Future {
        ready(match stream.peer_cred() {
            Ok(peer) if peer.uid() == 0 => Ok((stream, Extension(Channel::LocalRoot).layer(service))),
            Ok(peer) => {
                tracing::warn!(uid = peer.uid(), "refused a connection on the local socket");
                Err(io::ErrorKind::PermissionDenied.into())
            }
            Err(e) => Err(e),
        })
    }
}

/// Counts connections by address and refuses the ones over the limit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limited {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One counted connection; uncounted when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    address: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

impl Limited {
    fn hold(&self, address: IpAddr) -> Option<Arc<Held>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let here = open.get(&address).copied().unwrap_or(0);
        if here >= PER_ADDRESS || open.values().sum::<usize>() >= IN_ALL {
            return None;
        }
        open.insert(address, here + 1);
        Some(Arc::new(Held { address, open: Arc::clone(&self.open) }))
    }
}

impl<S> Accept<TcpStream, S> for Limited {
    type Stream = TcpStream;
    type Service = AddExtension<S, Channel>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let channel = stream.peer_addr().and_then(|peer| {
            // An IPv4 client on a dual-stack socket is the same client.
            let address = peer.ip().to_canonical();
            self.hold(address).map(|held| Channel::Https(address, held)).ok_or_else(|| io::ErrorKind::QuotaExceeded.into())
        });
        // Small answers must not wait for Nagle.
        ready(channel.and_then(|channel| stream.set_nodelay(true).map(|()| (stream, Extension(channel).layer(service)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_hold_more_than_its_share() {
        let limited = Limited::default();
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut held: Vec<_> = (0..PER_ADDRESS).map(|_| limited.hold(one).unwrap()).collect();
        assert!(limited.hold(one).is_none());
        assert!(limited.hold(other).is_some());
        held.pop();
        assert!(limited.hold(one).is_some());
        drop(held);
        assert!(limited.open.lock().unwrap().is_empty());
    }
}
