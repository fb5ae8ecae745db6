//! The socket: who may speak, how many at once, one request per connection.

use crate::daemon::Daemon;
use crate::operations::{self, Accepted};
use crate::requests::{Next, Running};
use nusantara_proto::codec::{self, MAX_MESSAGE};
use nusantara_proto::host::{ErrorCode, Message, OperationError, Reply, Request};
use nusantara_proto::socket::send;
use nusantara_types::RequestId;
use rustix::net::{self, RecvFlags, SendFlags};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio_seqpacket::{UnixSeqpacket, UnixSeqpacketListener};

/// How long a caller may take to send its request.
const REQUEST_PATIENCE: Duration = Duration::from_secs(10);
/// How long a caller may take to receive one message before it counts as gone.
const SEND_PATIENCE: Duration = Duration::from_secs(10);
/// Connections that root gets besides everybody's.
const RESERVED_FOR_ROOT: usize = 8;

/// Who may speak.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peers {
    /// The panel's user, when there is one.
    pub(crate) panel: Option<u32>,
}

impl Peers {
    fn allows(self, uid: u32) -> bool {
        uid == 0 || self.panel == Some(uid)
    }
}

/// Counts a connection while it lives.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Accepts connections until it is dropped.
pub(crate) async fn serve(d: Arc<Daemon>, mut listener: UnixSeqpacketListener, peers: Peers) {
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let socket = match listener.accept().await {
            Ok(socket) => socket,
            Err(error) => {
                // Out of files, most likely: those in use will be free in a moment.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(uid) = socket.peer_cred().map(|peer| peer.uid()) else { continue };
        if !peers.allows(uid) {
            tracing::warn!(uid, "a stranger was turned away");
            continue;
        }
        let most = usize::from(d.config.max_connections) + if uid == 0 { RESERVED_FOR_ROOT } else { 0 };
        if open.fetch_add(1, Ordering::Relaxed) >= most {
            open.fetch_sub(1, Ordering::Relaxed);
            turn_away(&socket);
            continue;
        }
        let (daemon, open) = (Arc::clone(&d), Open(Arc::clone(&open)));
        d.tasks.spawn("connection", async move {
            talk(&daemon, &socket, uid).await;
            drop(open);
        });
    }
}

fn busy() -> OperationError {
    OperationError::new(ErrorCode::Busy, "too many connections; try again in a moment")
}

/// Answers a caller for whom there is no room, without reading its request. What it has sent is taken off the socket first: one
/// that is closed with data unread makes the caller see a reset instead of the answer (unix(7), ECONNRESET). Nothing of it waits, not
/// even for the runtime to look whether it has to: a fresh socket has room for one answer, and whoever is next in line needs the turn.
fn turn_away(socket: &UnixSeqpacket) {
    let Ok(answer) = codec::encode(&unread(busy())) else { return };
    if net::shutdown(socket, net::Shutdown::Read).is_err() {
        return;
    }
    while matches!(net::recv(socket, &mut [0], RecvFlags::DONTWAIT), Ok((_, taken)) if taken > 0) {}
    // A caller that is gone already misses it.
    let _ = net::send(socket, &answer, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
}

/// An answer to what was not or could not be read: it has no id of its own.
fn unread(error: OperationError) -> Message {
    Message::Reply(Reply { id: RequestId(uuid::Uuid::nil()), result: Err(error) })
}

async fn talk(d: &Arc<Daemon>, socket: &UnixSeqpacket, uid: u32) {
    let request = match tokio::time::timeout(REQUEST_PATIENCE, receive(socket)).await {
        Ok(Ok(request)) => request,
        Ok(Err(Some(error))) => {
            let _ = send(socket, &unread(error)).await;
            return;
        }
        // Gone, or silent for too long.
        Ok(Err(None)) | Err(_) => return,
    };
    match operations::accept(d, uid, request).await {
        Accepted::Reply(reply) => answer(socket, *reply).await,
        Accepted::Running(running) => follow(socket, &running).await,
    }
}

/// Reads the request. `Err(None)` when the peer is gone.
async fn receive(socket: &UnixSeqpacket) -> Result<Request, Option<OperationError>> {
    let malformed = |why: String| Some(OperationError::new(ErrorCode::Malformed, why));
    // No buffer before there is something to read: a silent connection costs a few hundred bytes.
    drop(socket.as_async_fd().readable().await.map_err(|_| None)?);
    let mut buffer = vec![0; MAX_MESSAGE];
    let info = socket.recv(&mut buffer).await.map_err(|_| None)?;
    match info.bytes_read() {
        0 => Err(None),
        _ if info.truncated() => Err(malformed(codec::CodecError::TooLarge.to_string())),
        n => codec::decode(&buffer[..n]).map_err(|e| malformed(e.to_string())),
    }
}

async fn follow(socket: &UnixSeqpacket, running: &Running) {
    let mut seen = 0;
    loop {
        match running.next(seen).await {
            Next::Event(event) => {
                seen += 1;
                // A caller that is gone or does not read misses its events; the work goes on.
                if !sent(socket, &Message::Event(event)).await {
                    return;
                }
            }
            Next::Reply(reply) => return answer(socket, reply).await,
        }
    }
}

async fn answer(socket: &UnixSeqpacket, reply: Reply) {
    let id = reply.id;
    if codec::encode(&Message::Reply(reply.clone())).is_ok() {
        sent(socket, &Message::Reply(reply)).await;
        return;
    }
    let error = OperationError::new(ErrorCode::HostFailed, "the answer is too long to be sent");
    sent(socket, &Message::Reply(Reply { id, result: Err(error) })).await;
}

async fn sent(socket: &UnixSeqpacket, message: &Message) -> bool {
    matches!(tokio::time::timeout(SEND_PATIENCE, send(socket, message)).await, Ok(Ok(())))
}
