//! The panel's certificate: its own self-signed one from the first start, until a real one is put in its place.

use axum_server::tls_rustls::RustlsConfig;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SanType};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

/// Days a self-signed certificate is valid: the longest that browsers accept.
const VALID_DAYS: i64 = 397;

/// Age at which a certificate of ours is replaced at the next start.
const RENEW_AFTER: Duration = Duration::from_secs(86_400 * 360);
/// Tells a certificate made here from one that an administrator put in its place.
const OURS: &str = "Nusantara Panel, self-signed";

/// Loads `cert.pem` and `key.pem`, making them first when they are not there.
pub(super) async fn load_or_make(folder: &Path, names: &[String]) -> Result<RustlsConfig, String> {
    // A second call finds the provider installed, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    if !cert.exists() || !key.exists() || is_old_and_ours(&cert) {
        let names: Vec<String> = names.iter().cloned().chain(own_addresses().iter().map(ToString::to_string)).collect();
        make(folder, &names).map_err(|e| format!("the panel's certificate could not be made in {}: {e}", folder.display()))?;
        tracing::info!(names = names.join(", "), "made a self-signed certificate");
    }
    RustlsConfig::from_pem_file(&cert, &key).await.map_err(|e| format!("{}: {e}", cert.display()))
}

/// Whether the certificate is one that was made here and ends soon. One that somebody else put there is theirs to renew.
fn is_old_and_ours(cert: &Path) -> bool {
    let ours = CertificateDer::from_pem_file(cert).is_ok_and(|der| der.windows(OURS.len()).any(|bytes| bytes == OURS.as_bytes()));
    let age = std::fs::metadata(cert).and_then(|meta| meta.modified()).ok().and_then(|made| made.elapsed().ok());
    ours && age.is_some_and(|age| age > RENEW_AFTER)
}

/// The addresses that this machine speaks to the world from. Connecting a datagram socket sends nothing; it asks the kernel for
/// a route. The targets are set aside for documentation and never answer.
fn own_addresses() -> Vec<IpAddr> {
    let ask = |from: &str, to: &str| -> std::io::Result<IpAddr> {
        let socket = std::net::UdpSocket::bind(from)?;
        socket.connect(to)?;
        Ok(socket.local_addr()?.ip())
    };
    [ask("0.0.0.0:0", "192.0.2.1:9"), ask("[::]:0", "[2001:db8::1]:9")].into_iter().flatten().filter(|a| !a.is_loopback()).collect()
}

fn make(folder: &Path, names: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let mut params = CertificateParams::default();
    for name in names {
        params.subject_alt_names.push(match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(name.as_str().try_into()?),
        });
    }
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, names.first().map_or("nusantara-panel", String::as_str));
    subject.push(DnType::OrganizationName, OURS);
    params.distinguished_name = subject;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = std::time::SystemTime::now();
    // A day back, for clients whose clock is behind.
    params.not_before = (now - Duration::from_secs(86_400)).into();
    params.not_after = (now + Duration::from_secs(86_400 * u64::try_from(VALID_DAYS - 1)?)).into();
    // A new certificate keeps the key: the two files cannot be replaced in one step, and a pair that does not match would not
    // start.
    let key = match std::fs::read_to_string(folder.join("key.pem")) {
        Ok(pem) => KeyPair::from_pem(&pem)?,
        Err(_) => KeyPair::generate()?,
    };
    let certificate = params.self_signed(&key)?;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    place(folder, "key.pem", &key.serialize_pem())?;
    place(folder, "cert.pem", &certificate.pem())?;
    Ok(())
}

/// Puts a file in place whole: a start that is cut short finds it or does not.
fn place(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    let temporary = folder.join(format!(".{name}.tmp"));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&temporary, folder.join(name))?;
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_certificate_is_made_once_and_its_key_is_private() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let tls = folder.path().join("tls");
        let names = vec!["panel.example".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        load_or_make(&tls, &names).await.unwrap();
        let first = std::fs::read(tls.join("cert.pem")).unwrap();
        load_or_make(&tls, &names).await.unwrap();
        assert_eq!(std::fs::read(tls.join("cert.pem")).unwrap(), first);
        let key = std::fs::read(tls.join("key.pem")).unwrap();
        let long_ago = std::time::SystemTime::now() - (RENEW_AFTER + Duration::from_secs(60));
        std::fs::File::open(tls.join("cert.pem")).unwrap().set_modified(long_ago).unwrap();
        load_or_make(&tls, &names).await.unwrap();
        assert_ne!(std::fs::read(tls.join("cert.pem")).unwrap(), first, "an old one is replaced");
        assert_eq!(std::fs::read(tls.join("key.pem")).unwrap(), key, "under the same key");
        assert_eq!(std::fs::metadata(tls.join("key.pem")).unwrap().mode() & 0o777, 0o600);
    }
}
