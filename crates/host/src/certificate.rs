//! Keys and certificates: one the host makes for itself, encryption for sites that have no other yet, without a promise of who
//! answers; and keys of sites with what an authority or an owner has signed for them.
//!
//! What works with private keys is openssl(1): they reach it on its standard input and come on its standard output, never in its
//! arguments.

mod chain;

pub use chain::{Chain, read as read_chain};

use crate::command::{Arg, Options, Program, run, run_ok};
use crate::{HostError, HostErrorKind, Result};
use nusantara_types::DomainName;
use nusantara_types::certificates::PrivateKey;
use std::path::Path;
use std::time::Duration;
use x509_parser::pem::Pem;

/// Makes a key (EC P-256) and a certificate over it for ten years, and returns both as PEM, the key first. The name is only said
/// when the host has a full one.
///
/// # Errors
/// [`crate::HostErrorKind::NotFound`] when openssl is not installed, [`crate::HostErrorKind::Tool`] with its words.
pub async fn self_signed(name: Option<&DomainName>) -> Result<Vec<u8>> {
    let mut args: Vec<Arg> = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "3650"]
        .into_iter()
        .map(Arg::fixed)
        .collect();
    args.extend(["-subj", "/CN=Nusantara Panel host", "-keyout", "-"].map(Arg::fixed));
    if let Some(name) = name {
        args.extend([Arg::fixed("-addext"), Arg::value(format!("subjectAltName=DNS:{name}"))?]);
    }
    let options = Options { timeout: PATIENCE, ..Options::default() };
    Ok(run_ok(Program::Openssl, &args, options, "make the host's own certificate").await?.stdout)
}

const PATIENCE: Duration = Duration::from_secs(60);

/// A new key and what is to be signed for it, both as PEM.
#[derive(Debug)]
pub struct Request {
    /// The key.
    pub key: PrivateKey,
    /// The request (RFC 2986).
    pub request: String,
}

/// Makes a key (EC P-256) and a request for these names.
///
/// # Errors
/// As [`self_signed`].
pub async fn request(names: &[DomainName]) -> Result<Request> {
    let listed: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
    let mut args: Vec<Arg> =
        ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/", "-keyout", "-"]
            .into_iter()
            .map(Arg::fixed)
            .collect();
    args.extend([Arg::fixed("-addext"), Arg::value(format!("subjectAltName={}", listed.join(",")))?]);
    let what = "make a key and a request for a certificate";
    let made = run_ok(Program::Openssl, &args, Options { timeout: PATIENCE, ..Options::default() }, what).await?.stdout;
    let garbled = || HostError::new(HostErrorKind::Tool, what).detail("openssl answered something else");
    let text = String::from_utf8(made).map_err(|_| garbled())?;
    let (key, request) = text.split_once("-----BEGIN CERTIFICATE REQUEST-----").ok_or_else(garbled)?;
    let key = PrivateKey::try_from(nusantara_types::Secret::from(key.to_owned())).map_err(|_| garbled())?;
    Ok(Request { key, request: format!("-----BEGIN CERTIFICATE REQUEST-----{request}") })
}

/// The public key that belongs to a private one (SubjectPublicKeyInfo, DER); none when that cannot be read.
///
/// # Errors
/// [`crate::HostErrorKind::NotFound`] when openssl is not installed.
pub async fn public_key(key: &PrivateKey) -> Result<Option<Vec<u8>>> {
    let args = ["pkey", "-pubout", "-outform", "DER", "-passin", "pass:"].map(Arg::fixed);
    let options = Options { stdin: Some(key.expose().as_bytes().to_vec()), timeout: PATIENCE, ..Options::default() };
    let output = run(Program::Openssl, &args, options).await?;
    Ok((output.status.success() && !output.stdout.is_empty()).then_some(output.stdout))
}

/// Whether the first certificate of `leaf` was signed by one of the file `above`. Who signed those, nobody asks here: the last may be
/// an authority of one's own.
///
/// # Errors
/// [`crate::HostErrorKind::NotFound`] when openssl is not installed.
pub async fn is_signed(leaf: &str, above: &Path) -> Result<bool> {
    let mut args =
        ["verify", "-partial_chain", "-no_check_time", "-no-CAfile", "-no-CApath", "-no-CAstore", "-trusted"].map(Arg::fixed).to_vec();
    args.push(Arg::value(above)?);
    let options = Options { stdin: Some(leaf.as_bytes().to_vec()), timeout: PATIENCE, ..Options::default() };
    Ok(run(Program::Openssl, &args, options).await?.status.success())
}

/// The certificate (DER) that answers for a name on a socket where TLS is spoken; none when nothing or something else answers.
///
/// # Errors
/// [`crate::HostErrorKind::NotFound`] when openssl is not installed.
pub async fn presented(socket: &Path, name: &DomainName) -> Result<Option<Vec<u8>>> {
    let args = [Arg::fixed("s_client"), Arg::fixed("-unix"), Arg::value(socket)?, Arg::fixed("-servername"), Arg::value(name.as_str())?];
    let options = Options { timeout: Duration::from_secs(10), output_cap: 256 * 1024, ..Options::default() };
    let output = match run(Program::Openssl, &args, options).await {
        Err(error) if error.kind == HostErrorKind::Timeout => return Ok(None),
        output => output?,
    };
    let first = Pem::iter_from_buffer(&output.stdout).next().and_then(std::result::Result::ok);
    Ok(first.filter(|block| block.label == "CERTIFICATE").map(|block| block.contents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn key_and_certificate_come_together() {
        for name in [None, Some("panel.example.com".parse().unwrap())] {
            let pem = String::from_utf8(self_signed(name.as_ref()).await.unwrap()).unwrap();
            let key = pem.find("-----BEGIN PRIVATE KEY-----").unwrap();
            assert!(key < pem.find("-----BEGIN CERTIFICATE-----").unwrap(), "{pem}");
        }
    }

    #[tokio::test]
    async fn a_chain_is_read_and_belongs_to_its_key() {
        let pem = String::from_utf8(self_signed(Some(&"panel.example.com".parse().unwrap())).await.unwrap()).unwrap();
        let (key, certificate) = pem.split_at(pem.find("-----BEGIN CERTIFICATE-----").unwrap());
        // What `req -x509` makes is an authority by openssl's own configuration.
        assert!(read_chain(certificate).unwrap_err().contains("authority"));
        assert!(read_chain(&pem).unwrap_err().contains("certificates only"));
        assert!(read_chain("").unwrap_err().contains("no certificate"));
        let key = PrivateKey::try_from(nusantara_types::Secret::from(key.to_owned())).unwrap();
        assert_eq!(public_key(&key).await.unwrap().unwrap()[..2], [0x30, 0x59], "P-256");
        let broken = PrivateKey::try_from(nusantara_types::Secret::from("-----BEGIN PRIVATE KEY-----\nAAAA\n".to_owned())).unwrap();
        assert_eq!(public_key(&broken).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_request_comes_with_a_key_of_its_own() {
        let names = ["joko.test".parse().unwrap(), "www.joko.test".parse().unwrap()];
        let (one, other) = (request(&names).await.unwrap(), request(&names).await.unwrap());
        assert!(one.request.starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
        assert_ne!(one.key, other.key);
        assert!(public_key(&one.key).await.unwrap().is_some());
    }
}
