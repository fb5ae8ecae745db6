//! The two ways to a panel.

use crate::error::Error;
use crate::pin::{Fingerprint, PinVerifier};
use crate::request::header_value;
use nusantara_types::Secret;
use reqwest::header::HeaderValue;
use reqwest::{ClientBuilder, Url, redirect};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use secrecy::ExposeSecret;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// Where a panel listens for root on its own host.
pub const PANEL_SOCKET: &str = "/run/nusantara-panel/panel.sock";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence while an answer is read. The panel sends a comment line on its event streams well within it.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Which certificate an HTTPS panel may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// One that the system's authorities vouch for.
    System,
    /// Exactly this one.
    Pinned(Fingerprint),
}

/// A panel to talk to. Cheap to share behind an `Arc`; requests may run at the same time.
#[derive(Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    /// The socket's path or the address, for error texts.
    pub(crate) endpoint: String,
    /// Sent with unsafe requests; over the local socket there is no page to come from.
    pub(crate) origin: Option<HeaderValue>,
    /// Token of the session, once logged in.
    pub(crate) csrf: RwLock<Option<HeaderValue>>,
    /// Sent with every request, where there is one.
    pub(crate) token: Option<HeaderValue>,
}

impl Client {
    /// A client of the panel on this host. Who calls is known to the panel from the kernel; only root is let in.
    ///
    /// # Errors
    /// [`Error::Setup`]. Nothing is connected yet.
    pub fn local(socket: &Path) -> Result<Self, Error> {
        // No authority is needed here, and reading the system's would fail on a host without ca-certificates.
        let tls = tls_builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
        // A connection kept from before the panel was restarted, as some commands do, would be found broken only in the middle of a
        // request that must not be sent twice. A new one costs next to nothing here.
        let http = builder().tls_backend_preconfigured(tls).unix_socket(socket).pool_max_idle_per_host(0);
        Self::new(http, "http://localhost/", socket.display().to_string(), false)
    }

    /// A client of the panel at `address`, such as `https://panel.example.com:8443`, that keeps its session.
    ///
    /// # Errors
    /// [`Error::Setup`] when the address is not an `https` origin. Nothing is connected yet.
    pub fn https(address: &str, trust: Trust) -> Result<Self, Error> {
        let http = builder().cookie_store(true).https_only(true).no_proxy();
        let http = match trust {
            Trust::System => http,
            Trust::Pinned(pin) => {
                let provider = provider();
                let verifier = Arc::new(PinVerifier { pin, provider });
                http.tls_backend_preconfigured(tls_builder()?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
            }
        };
        Self::new(http, address, address.trim_end_matches('/').to_owned(), true)
    }

    /// The same, with a token instead of a session.
    ///
    /// # Errors
    /// [`Error::Setup`] when the address is not an `https` origin, or the token is none. Nothing is connected yet.
    pub fn https_with_token(address: &str, trust: Trust, token: &Secret) -> Result<Self, Error> {
        let mut client = Self::https(address, trust)?;
        let value = header_value(&format!("Bearer {}", token.expose_secret()));
        client.token = Some(value.ok_or_else(|| Error::Setup("the token holds characters that no token has".to_owned()))?);
        Ok(client)
    }

    fn new(http: ClientBuilder, base: &str, endpoint: String, with_origin: bool) -> Result<Self, Error> {
        let base = Url::parse(base).map_err(|e| Error::Setup(format!("{base} is not an address: {e}")))?;
        let plain = base.path() == "/" && base.query().is_none() && base.username().is_empty();
        if !plain || (with_origin && base.scheme() != "https") {
            return Err(Error::Setup(format!("{endpoint} is not the address of a panel, such as https://panel.example.com:8443")));
        }
        let origin = if with_origin {
            let text = base.origin().ascii_serialization();
            Some(HeaderValue::from_str(&text).map_err(|e| Error::Setup(e.to_string()))?)
        } else {
            None
        };
        let http = http.build().map_err(|e| Error::of_transport(&e, &endpoint))?;
        Ok(Self { http, base, endpoint, origin, csrf: RwLock::new(None), token: None })
    }

    /// The socket's path or the address of the panel.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

fn builder() -> ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("nusantara/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn tls_builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().map_err(|e| Error::Setup(e.to_string()))
}
