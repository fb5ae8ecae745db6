//! One HTTP request to a vhost of this host.
//!
//! Written by hand on purpose: the root daemon links no HTTP library, and all that is read is a status line
//! and one header of our own nginx over a socket that only root can open.

use crate::error::Explain;
use crate::{HostError, HostErrorKind, Result};
use nusantara_types::{DomainName, Revision};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Where every vhost listens for probes.
pub const PROBE_SOCKET: &str = "/run/nusantara-nginx/probe.sock";
/// Where vhosts answer TLS to this host alone, so that it can be seen with what.
pub const TLS_PROBE_SOCKET: &str = "/run/nusantara-nginx/tls.sock";

/// `HTTP/1.1 200`.
const STATUS_LINE: usize = 12;
/// Below this URL path no site has pages of its own; there is no such file.
const REVISION_URL: &str = "/.well-known/acme-challenge/nusantara-probe";
/// How much of an answer is searched for a header: such an answer is nginx's own, and has no more than a few of them.
const HEAD: usize = 4096;

/// Makes the root-only folder of [`PROBE_SOCKET`]: nginx, and `nginx -t` too, can bind there only when it exists. To be called at
/// start, before the first test.
///
/// # Errors
/// What the kernel says.
pub async fn prepare_probe_folder() -> Result<()> {
    crate::replace::dir("/run/nusantara-nginx", crate::replace::Access { mode: 0o700, owner: None }).await
}

/// Asks the vhost of `domain` for `/` and returns the HTTP status. One try; `socket` is [`PROBE_SOCKET`] outside tests.
///
/// # Errors
/// [`HostErrorKind::Timeout`], [`HostErrorKind::NotFound`] or [`HostErrorKind::Io`] when nginx does not listen,
/// [`HostErrorKind::Tool`] when it closed the connection without an answer (as the catch-all vhost does) or the answer is no HTTP.
pub async fn probe(socket: &Path, domain: &DomainName, timeout: Duration) -> Result<u16> {
    let line = exchange(socket, domain, "/", STATUS_LINE, timeout).await?;
    status(&line).ok_or_else(|| no_answer(domain))
}

/// Which revision the vhost of `domain` says it is of, in `header`; `None` when it does not say. One try, as [`probe`].
///
/// # Errors
/// As [`probe`].
pub async fn revision(socket: &Path, domain: &DomainName, header: &str, timeout: Duration) -> Result<Option<Revision>> {
    let head = exchange(socket, domain, REVISION_URL, HEAD, timeout).await?;
    status(&head).ok_or_else(|| no_answer(domain))?;
    let head = String::from_utf8_lossy(&head);
    // An empty line ends the headers.
    let mut lines = head.lines().take_while(|line| !line.is_empty());
    Ok(lines.find_map(|line| line.strip_prefix(header)?.strip_prefix(": ")?.parse().ok()))
}

fn what(domain: &DomainName) -> String {
    format!("get an answer from the site {domain}")
}

fn no_answer(domain: &DomainName) -> HostError {
    HostError::new(HostErrorKind::Tool, what(domain)).detail("nginx did not answer the request")
}

/// Sends one request and returns the first `most` bytes of what comes back, fewer when there are no more.
async fn exchange(socket: &Path, domain: &DomainName, url: &str, most: usize, timeout: Duration) -> Result<Vec<u8>> {
    let exchange = async {
        let mut stream = UnixStream::connect(socket).await?;
        // HTTP/1.0: the answer is not chunked and the connection ends by itself.
        let request = format!("GET {url} HTTP/1.0\r\nHost: {domain}\r\nUser-Agent: nusantara-probe\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = vec![0; most];
        let mut have = 0;
        while have < most {
            match stream.read(&mut answer[have..]).await? {
                0 => break,
                n => have += n,
            }
        }
        answer.truncate(have);
        Ok::<_, std::io::Error>(answer)
    };
    match tokio::time::timeout(timeout, exchange).await {
        Err(_) => Err(HostError::new(HostErrorKind::Timeout, what(domain))),
        Ok(answer) => answer.explain(|| what(domain)),
    }
}

fn status(line: &[u8]) -> Option<u16> {
    let code = line.strip_prefix(b"HTTP/1.1 ").or_else(|| line.strip_prefix(b"HTTP/1.0 "))?.get(..3)?;
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
        tokio::join!(probe(&socket, &domain, Duration::from_secs(5)), serve)
    }

    #[tokio::test]
    async fn the_status_is_read_and_the_host_is_named() {
        let (status, asked) = ask(b"HTTP/1.1 503 Service Unavailable\r\nX: y\r\n\r\nbody").await;
        assert_eq!(status.unwrap(), 503);
        assert!(asked.starts_with("GET / HTTP/1.0\r\nHost: joko.test\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn the_revision_is_read_from_its_header() {
        let revision_of = |answer: &'static [u8]| async move {
            let folder = tempfile::tempdir().unwrap();
            let socket = folder.path().join("probe.sock");
            let listener = tokio::net::UnixListener::bind(&socket).unwrap();
            let serve = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                let n = stream.read(&mut [0; 1_000]).await.unwrap();
                stream.write_all(answer).await.unwrap();
                n
            };
            let domain = "joko.test".parse().unwrap();
            tokio::join!(revision(&socket, &domain, "Revision", Duration::from_secs(5)), serve).0
        };
        let told = Revision::of(&serde_json::Value::from("x"));
        let answer: &'static str = format!("HTTP/1.1 404 Not Found\r\nServer: nginx\r\nRevision: {told}\r\n\r\nbody").leak();
        assert_eq!(revision_of(answer.as_bytes()).await.unwrap(), Some(told));
        assert_eq!(revision_of(b"HTTP/1.1 404 Not Found\r\nX: y\r\n\r\nRevision: sha256:0").await.unwrap(), None);
        assert_eq!(revision_of(b"").await.unwrap_err().kind, HostErrorKind::Tool);
    }

    #[tokio::test]
    async fn silence_and_garbage_are_errors() {
        for garbage in [&b""[..], b"HTTP/1.1", b"HTTP/1.1 2x0 OK", b"SSH-2.0-OpenSSH", b"HTTP/1.1 999 No"] {
            assert_eq!(ask(garbage).await.0.unwrap_err().kind, HostErrorKind::Tool, "{garbage:?}");
        }
        let nobody = probe(Path::new("/nonexistent/probe.sock"), &"joko.test".parse().unwrap(), Duration::from_secs(1)).await;
        assert_eq!(nobody.unwrap_err().kind, HostErrorKind::NotFound);
    }

    #[tokio::test]
    async fn a_site_that_hangs_is_a_timeout() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("probe.sock");
        let _listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let error = probe(&socket, &"joko.test".parse().unwrap(), Duration::from_millis(20)).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Timeout);
    }
}
