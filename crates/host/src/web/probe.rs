//! One HTTP request to a vhost of this host.
//!
//! Written by hand on purpose: the root daemon links no HTTP library, and all that is read is the twelve bytes of a status line
//! from our own nginx over a socket that only root can open.

use crate::error::Explain;
use crate::{HostError, HostErrorKind, Result};
use nusantara_types::{DomainName, Revision};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Where every vhost listens for probes.
pub const PROBE_SOCKET: &str = "/run/nusantara-nginx/probe.sock";

/// `HTTP/1.1 200`.
const STATUS_LINE: usize = 12;

/// Makes the root-only folder of [`PROBE_SOCKET`]: nginx, and `nginx -t` too, can bind there only when it exists. To be called at
/// start, before the first test.
///
/// # Errors
/// What the kernel says.
pub async fn prepare_probe_folder() -> Result<()> {
    crate::replace::dir("/run/nusantara-nginx", crate::replace::Access { mode: 0o700, owner: None }).await
}

/// What a probe asks for.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// `/`.
    Page,
    /// The place where a vhost answers 204 when it is of this revision, below [`REVISION_URL`].
    Revision(&'a Revision),
}

/// URL path below which a vhost names its revision.
pub const REVISION_URL: &str = "/.well-known/nusantara-probe";

impl std::fmt::Display for Ask<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Page => f.write_str("/"),
            // `sha256:` and hexadecimal digits, by its type.
            Self::Revision(revision) => write!(f, "{REVISION_URL}/{revision}"),
        }
    }
}

/// Asks the vhost of `domain` and returns the HTTP status. One try; `socket` is [`PROBE_SOCKET`] outside tests.
///
/// # Errors
/// [`HostErrorKind::Timeout`], [`HostErrorKind::NotFound`] or [`HostErrorKind::Io`] when nginx does not listen,
/// [`HostErrorKind::Tool`] when it closed the connection without an answer (as the catch-all vhost does) or the answer is no HTTP.
pub async fn probe(socket: &Path, domain: &DomainName, ask: Ask<'_>, timeout: Duration) -> Result<u16> {
    let what = || format!("get an answer from the site {domain}");
    let exchange = async {
        let mut stream = UnixStream::connect(socket).await?;
        // HTTP/1.0: the answer is not chunked and the connection ends by itself.
        let request = format!("GET {ask} HTTP/1.0\r\nHost: {domain}\r\nUser-Agent: nusantara-probe\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut line = [0; STATUS_LINE];
        let mut have = 0;
        while have < STATUS_LINE {
            match stream.read(&mut line[have..]).await? {
                0 => break,
                n => have += n,
            }
        }
        Ok::<_, std::io::Error>(line[..have].to_vec())
    };
    match tokio::time::timeout(timeout, exchange).await {
        Err(_) => Err(HostError::new(HostErrorKind::Timeout, what())),
        Ok(line) => {
            let line = line.explain(what)?;
            status(&line).ok_or_else(|| HostError::new(HostErrorKind::Tool, what()).detail("nginx did not answer the request"))
        }
    }
}

fn status(line: &[u8]) -> Option<u16> {
    let code = line.strip_prefix(b"HTTP/1.1 ").or_else(|| line.strip_prefix(b"HTTP/1.0 "))?;
    let code = std::str::from_utf8(code).ok()?.parse().ok()?;
    (100..600).contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers one connection with `answer` and returns what was asked.
    async fn ask(answer: &'static [u8]) -> (Result<u16>, String) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("probe.sock");
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let domain = "joko.test".parse().unwrap();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 1_000];
            let n = stream.read(&mut asked).await.unwrap();
            stream.write_all(answer).await.unwrap();
            String::from_utf8(asked[..n].to_vec()).unwrap()
        };
        tokio::join!(probe(&socket, &domain, Ask::Page, Duration::from_secs(5)), serve)
    }

    #[tokio::test]
    async fn the_status_is_read_and_the_host_is_named() {
        let (status, asked) = ask(b"HTTP/1.1 503 Service Unavailable\r\nX: y\r\n\r\nbody").await;
        assert_eq!(status.unwrap(), 503);
        assert!(asked.starts_with("GET / HTTP/1.0\r\nHost: joko.test\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn silence_and_garbage_are_errors() {
        for garbage in [&b""[..], b"HTTP/1.1", b"HTTP/1.1 2x0 OK", b"SSH-2.0-OpenSSH", b"HTTP/1.1 999 No"] {
            assert_eq!(ask(garbage).await.0.unwrap_err().kind, HostErrorKind::Tool, "{garbage:?}");
        }
        let nobody = probe(Path::new("/nonexistent/probe.sock"), &"joko.test".parse().unwrap(), Ask::Page, Duration::from_secs(1)).await;
        assert_eq!(nobody.unwrap_err().kind, HostErrorKind::NotFound);
    }

    #[tokio::test]
    async fn a_site_that_hangs_is_a_timeout() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("probe.sock");
        let _listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let error = probe(&socket, &"joko.test".parse().unwrap(), Ask::Page, Duration::from_millis(20)).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Timeout);
    }
}
