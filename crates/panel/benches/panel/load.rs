//! Whoever asks: at a fixed rate, and as much as is answered.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Error, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Connections that share the requests of a fixed rate: enough that none waits for one that is late.
const CONNECTIONS: usize = 32;

/// A server of ours and how to know it.
#[derive(Clone)]
pub(crate) struct Target {
    address: SocketAddr,
    config: Arc<ClientConfig>,
}

/// One connection that stays.
pub(crate) struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    /// Read, and not part of an answer yet.
    held: Vec<u8>,
}

impl Target {
    /// A server at `address` whose certificate is in the file `certificate`.
    pub(crate) fn new(address: SocketAddr, certificate: &Path) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate).ok()?).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Some(Self { address, config: Arc::new(versions.with_root_certificates(roots).with_no_client_auth()) })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    pub(crate) fn try_connect(&self) -> Result<Connection, Error> {
        let socket = TcpStream::connect(self.address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(Duration::from_secs(30)))?;
        let name = ServerName::from(self.address.ip());
        let session = ClientConnection::new(Arc::clone(&self.config), name).map_err(Error::other)?;
        Ok(Connection { stream: StreamOwned::new(session, socket), held: Vec::new() })
    }

    pub(crate) fn connect(&self) -> Connection {
        self.try_connect().unwrap()
    }
}

impl Connection {
    /// The body of an answer that must be 200.
    pub(crate) fn get(&mut self, path: &str, token: &str) -> Vec<u8> {
        self.ask(path, token).unwrap()
    }

    pub(crate) fn ask(&mut self, path: &str, token: &str) -> Result<Vec<u8>, Error> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        self.stream.write_all(request.as_bytes())?;
        self.stream.flush()?;
        let end = loop {
            if let Some(end) = self.held.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more()?;
        };
        let head = String::from_utf8_lossy(&self.held[..end]).into_owned();
        let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
        let length = length.ok_or_else(|| Error::other(format!("an answer without a length: {head}")))?;
        while self.held.len() < end + length {
            self.more()?;
        }
        let body = self.held[end..end + length].to_vec();
        self.held.drain(..end + length);
        if head.starts_with("HTTP/1.1 200 ") {
            Ok(body)
        } else {
            Err(Error::other(format!("{path}: {head}{}", String::from_utf8_lossy(&body))))
        }
    }

    fn more(&mut self) -> Result<(), Error> {
        let mut part = [0; 16_384];
        match self.stream.read(&mut part)? {
            0 => Err(Error::other("the connection ended")),
            length => {
                self.held.extend_from_slice(&part[..length]);
                Ok(())
            }
        }
    }
}

/// Asks for `paths` in no order at a fixed rate, whatever is answered. How long each took from the moment it was due, in order: an
/// answer that is late makes those behind it late, and that counts.
pub(crate) fn at_rate(target: &Target, token: &str, paths: &[String], rate: u64, during: Duration) -> Vec<Duration> {
    let (next, count) = (AtomicU64::new(0), rate * during.as_secs());
    let open = |_| {
        let mut connection = target.connect();
        connection.get(&paths[0], token);
        connection
    };
    let mut connections: Vec<Connection> = (0..CONNECTIONS).map(open).collect();
    let began = Instant::now() + Duration::from_millis(50);
    let mut all: Vec<Duration> = std::thread::scope(|scope| {
        let askers: Vec<_> = connections
            .iter_mut()
            .map(|connection| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            return mine;
                        }
                        let due = began + Duration::from_nanos(number * 1_000_000_000 / rate);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        connection.get(&paths[any(number, paths.len())], token);
                        mine.push(due.elapsed());
                    }
                })
            })
            .collect();
        askers.into_iter().flat_map(|asker| asker.join().unwrap()).collect()
    });
    all.sort_unstable();
    assert_eq!(all.len() as u64, count, "every request was answered");
    all
}

/// One of `end`, spread over all of them, the same in every run.
fn any(number: u64, end: usize) -> usize {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
    usize::try_from(mixed).unwrap() % end
}

/// Answers per second as wrk counts them, with 16 connections.
pub(crate) fn most(url: &str, token: &str, seconds: u64) -> f64 {
    let (lasts, header) = (format!("{seconds}s"), format!("Authorization: Bearer {token}"));
    let output = Command::new("wrk").args(["-t1", "-c16", "-d", &lasts, "-H", "Host: localhost", "-H", &header, url]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !text.contains("Non-2xx") && !text.contains("Socket errors"), "{url}: {text}");
    text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).unwrap().trim().parse().unwrap()
}
