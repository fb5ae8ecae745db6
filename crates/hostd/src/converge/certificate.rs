//! Sees that sites answer HTTPS with the certificates they were given: one handshake each, on a socket on which only root can ask.

use crate::state::certificates::hash;
use nusantara_host::certificate::presented;
use nusantara_host::web::TLS_PROBE_SOCKET;
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::DomainName;
use nusantara_types::certificates::CertificateHash;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// How long the web server may take; it serves the new configuration before its reload is over.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many handshakes in a row have to show the certificate: a worker that a reload has sent home may answer one more time.
const IN_A_ROW: u32 = 2;
const BETWEEN: Duration = Duration::from_millis(50);

/// Demands that every site shows its certificate.
pub(super) async fn probe(sites: &[(DomainName, CertificateHash)]) -> Result<(), OperationError> {
    for (name, wanted) in sites {
        shows(name, wanted).await?;
    }
    Ok(())
}

async fn shows(name: &DomainName, wanted: &CertificateHash) -> Result<(), OperationError> {
    let until = Instant::now() + PATIENCE;
    let mut seen = 0;
    while seen < IN_A_ROW {
        let detail = match presented(Path::new(TLS_PROBE_SOCKET), name).await {
            Ok(Some(der)) if hash(&der).as_ref() == Some(wanted) => {
                seen += 1;
                continue;
            }
            Ok(Some(_)) => "the web server answers with another certificate".to_owned(),
            Ok(None) => "the web server does not answer HTTPS for it".to_owned(),
            Err(error) => error.to_string(),
        };
        seen = 0;
        if Instant::now() >= until {
            let message = format!("{name} did not come up with its new certificate; the one before is in force again");
            return Err(OperationError::new(ErrorCode::HostFailed, message).detail(detail));
        }
        tokio::time::sleep(BETWEEN).await;
    }
    Ok(())
}
