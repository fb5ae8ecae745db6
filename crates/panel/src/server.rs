//! How the panel is reached: HTTPS for everybody, a local socket for root, both handed over by systemd; the headers every answer
//! carries; the embedded UI.

pub(crate) mod accept;
pub(crate) mod assets;
pub(crate) mod headers;
mod sockets;
mod tls;

pub(crate) use sockets::Sockets;

use crate::config::Config;
use accept::{Limited, LocalAcceptor};
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;
use hyper_util::rt::TokioTimer;
use std::future::Future;
use std::time::Duration;

/// How long requests under way may take to end once the panel is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long a client may take to send its headers (SECURITY R39).
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest head of a request, bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// Serves on `sockets` until `stop` ends, then lets what is under way end.
///
/// `ready` is called once both listeners accept.
///
/// # Errors
/// A sentence for the log: the certificate or a listener failed.
pub(crate) async fn run(
    router: Router,
    config: &Config,
    sockets: Sockets,
    ready: impl FnOnce(),
    stop: impl Future<Output = ()>,
) -> Result<(), String> {
    let certificate = tls::load_or_make(&config.state_dir.join("tls"), &config.names()).await?;
    let https_handle = Handle::new();
    let local_handle = Handle::new();

    let acceptor = RustlsAcceptor::new(certificate).handshake_timeout(HANDSHAKE_TIMEOUT).acceptor(Limited::default());
    let mut https =
        axum_server::from_tcp(sockets.https).map_err(|e| format!("the HTTPS socket: {e}"))?.handle(https_handle.clone()).acceptor(acceptor);
    let mut local = axum_server::from_unix(sockets.local)
        .map_err(|e| format!("the local socket: {e}"))?
        .handle(local_handle.clone())
        .acceptor(LocalAcceptor);
    for builder in [https.http_builder(), local.http_builder()] {
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(HEAD_LIMIT).max_headers(100);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(64)
            .max_header_list_size(16 * 1024)
            .max_pending_accept_reset_streams(16)
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20));
    }
    let service = router.into_make_service();
    let https = https.serve(service.clone());
    let local = local.serve(service);
    ready();
    let stopping = async {
        stop.await;
        https_handle.graceful_shutdown(Some(GRACE));
        local_handle.graceful_shutdown(Some(GRACE));
        Ok(())
    };
    let (https, local, stopped): (std::io::Result<()>, std::io::Result<()>, std::io::Result<()>) = tokio::join!(https, local, stopping);
    https.and(local).and(stopped).map_err(|e| e.to_string())
}
