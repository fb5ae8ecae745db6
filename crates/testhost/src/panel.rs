//! Talking to the panel of a host through the product's own client.

use std::path::PathBuf;

use nusantara_client::{Client, Fingerprint, PANEL_SOCKET, Trust};

use crate::{
    error::{Error, Result},
    host::Host,
    image::Kind,
};

/// Where the panel keeps the certificate it made at its first start.
const CERTIFICATES: &str = "/var/lib/nusantara-panel/tls";

impl Host {
    /// A client of the panel over HTTPS that trusts exactly its certificate. Not logged in.
    pub fn client(&self) -> Result<Client> {
        let files = self.run(["find", CERTIFICATES, "-type", "f", "-name", "*.pem", "-exec", "cat", "{}", "+"])?;
        let pin = Fingerprint::of_pem(&files)
            .map_err(|_| Error::Answer { what: format!("certificate below {CERTIFICATES}"), answer: String::new() })?;
        made(Client::https(&format!("https://{}:8443", self.address()), Trust::Pinned(pin)))
    }

    /// A client over the panel's local socket, as root of the host. Containers only: a machine has its own kernel.
    pub fn local_client(&self) -> Result<Client> {
        if self.info().kind == Kind::Vm {
            return Err(Error::Unsupported("the local socket of a machine is out of reach: use client()".to_owned()));
        }
        let root = PathBuf::from(format!("/proc/{}/root", self.leader()));
        made(Client::local(&root.join(PANEL_SOCKET.trim_start_matches('/'))))
    }
}

fn made(client: Result<Client, nusantara_client::Error>) -> Result<Client> {
    client.map_err(|error| Error::Unsupported(error.to_string()))
}
