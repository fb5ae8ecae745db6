//! A certificate the host makes for itself: encryption for sites that have no other yet, without a promise of who answers.

use crate::Result;
use crate::command::{Arg, Options, Program, run_ok};
use nusantara_types::DomainName;
use std::time::Duration;

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
    let options = Options { timeout: Duration::from_secs(60), ..Options::default() };
    Ok(run_ok(Program::Openssl, &args, options, "make the host's own certificate").await?.stdout)
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
}
