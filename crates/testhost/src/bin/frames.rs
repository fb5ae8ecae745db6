//! Speaks raw frames to a host daemon's socket, from inside a host and as whatever user it is run: the hostile peer of the
//! boundary tests. Copied into a host by the tests; never packaged.
//!
//! `frames send` sends standard input as one datagram and prints what comes back, one JSON message a line.
//! `frames open N` opens N connections, holds them silently, then prints how many were closed by the daemon within a minute.
#![expect(clippy::print_stdout, reason = "standard output is how this tool answers")]

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv, send, socket_with};
use std::io::Read;
use std::time::{Duration, Instant};

const SOCKET: &str = "/run/nusantara-panel/hostd.sock";
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["send"] => send_stdin(),
        ["open", count] => open_many(count.parse()?),
        _ => Err("usage: frames send | frames open N".into()),
    }
}

fn dial() -> Result<OwnedFd, rustix::io::Errno> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    connect(&socket, &SocketAddrUnix::new(SOCKET)?)?;
    Ok(socket)
}

/// Waits until the socket can be read or is hung up; `false` when the deadline passed first.
fn readable(socket: &OwnedFd, until: Instant) -> Result<bool, Failure> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = Timespec { tv_sec: i64::try_from(left.as_secs())?, tv_nsec: left.subsec_nanos().into() };
    Ok(poll(&mut [PollFd::new(socket, PollFlags::IN)], Some(&timeout))? > 0)
}

fn send_stdin() -> Result<(), Failure> {
    let mut frame = Vec::new();
    std::io::stdin().read_to_end(&mut frame)?;
    let socket = match dial() {
        Ok(socket) => socket,
        Err(error) => {
            println!("{{\"connect\":\"{error}\"}}");
            return Ok(());
        }
    };
    if let Err(error) = send(&socket, &frame, SendFlags::NOSIGNAL) {
        println!("{{\"send\":\"{error}\"}}");
    }
    let until = Instant::now() + Duration::from_secs(60);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        if !readable(&socket, until)? {
            println!("{{\"silent\":true}}");
            return Ok(());
        }
        match recv(&socket, &mut buffer, RecvFlags::empty()) {
            Ok((_, 0)) => {
                println!("{{\"closed\":true}}");
                return Ok(());
            }
            Ok((_, n)) => println!("{}", String::from_utf8_lossy(&buffer[..n])),
            Err(error) => {
                println!("{{\"receive\":\"{error}\"}}");
                return Ok(());
            }
        }
    }
}

fn open_many(count: usize) -> Result<(), Failure> {
    let mut held = Vec::with_capacity(count);
    let mut refused = 0;
    for _ in 0..count {
        match dial() {
            Ok(socket) => held.push(socket),
            Err(_) => refused += 1,
        }
    }
    let until = Instant::now() + Duration::from_secs(60);
    let mut closed = 0;
    let mut buffer = vec![0; 256 * 1024];
    for socket in &held {
        // A daemon may say why before it closes; only the close counts.
        while readable(socket, until)? {
            match recv(socket, &mut buffer, RecvFlags::empty()) {
                Ok((_, n)) if n > 0 => {}
                _ => {
                    closed += 1;
                    break;
                }
            }
        }
    }
    println!("{{\"opened\":{},\"refused\":{refused},\"closed\":{closed}}}", held.len());
    Ok(())
}
