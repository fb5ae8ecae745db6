//! Carries messages over `SOCK_SEQPACKET`.

use crate::codec::{self, CodecError, MAX_MESSAGE};
use crate::host::{Event, Message, Reply, Request};
use std::path::Path;
use std::time::Duration;
use tokio_seqpacket::UnixSeqpacket;

/// Where a host daemon listens.
pub const HOSTD_SOCKET: &str = "/run/nusantara-panel/hostd.sock";

/// Why a call got no reply. After [`CallError::Lost`] the work may or may not have been done: ask for the outcome by id.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The daemon cannot be reached; nothing was done.
    #[error("the host daemon cannot be reached: {0}")]
    Unreachable(std::io::Error),
    /// The connection ended before the reply.
    #[error("the connection to the host daemon was lost: {0}")]
    Lost(String),
    /// What came is not a message, or cannot be sent as one.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Sends one message as one datagram.
///
/// # Errors
/// What the socket says, or an encoding that does not fit.
pub async fn send<T: serde::Serialize>(socket: &UnixSeqpacket, message: &T) -> Result<(), CallError> {
    let bytes = codec::encode(message)?;
    let sent = socket.send(&bytes).await.map_err(|e| CallError::Lost(e.to_string()))?;
    if sent == bytes.len() { Ok(()) } else { Err(CallError::Lost("short write".to_owned())) }
}

/// Calls a host daemon: sends `request`, hands every event to `on_event`, returns the reply.
///
/// `idle` bounds the silence between two messages, not the whole call.
///
/// # Errors
/// [`CallError`] when no reply came; see there whether something may have been done.
pub async fn call(path: &Path, request: &Request, idle: Duration, mut on_event: impl FnMut(Event)) -> Result<Reply, CallError> {
    let socket = UnixSeqpacket::connect(path).await.map_err(CallError::Unreachable)?;
    let sent = send(&socket, request).await;
    if let Err(error @ CallError::Codec(_)) = sent {
        return Err(error);
    }
    // A daemon that has no room closes its ear before the request is sent, but has said so.
    let mut buffer = vec![0; MAX_MESSAGE];
    loop {
        let received = tokio::time::timeout(idle, socket.recv(&mut buffer)).await;
        let n = match received {
            Err(_) => return Err(CallError::Lost(format!("nothing heard for {} s", idle.as_secs()))),
            Ok(Err(e)) => return Err(CallError::Lost(e.to_string())),
            Ok(Ok(info)) if info.bytes_read() == 0 => return Err(CallError::Lost("closed".to_owned())),
            Ok(Ok(info)) if info.truncated() => return Err(CodecError::TooLarge.into()),
            Ok(Ok(info)) => info.bytes_read(),
        };
        match codec::decode(&buffer[..n])? {
            Message::Event(event) => on_event(event),
            Message::Reply(reply) => return Ok(reply),
        }
    }
}
