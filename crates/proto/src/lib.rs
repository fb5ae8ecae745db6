//! What the processes of Nusantara Panel say to each other.
//!
//! [`host`] is the closed language a host daemon understands. [`codec`] turns its messages into the bytes of one
//! `SOCK_SEQPACKET` message and back; [`socket`] (feature `socket`) carries them.

pub mod codec;
pub mod host;
#[cfg(feature = "socket")]
pub mod socket;
