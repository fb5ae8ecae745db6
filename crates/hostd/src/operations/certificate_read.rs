//! What sites answer HTTPS with.

use super::no_account;
use crate::daemon::Daemon;
use crate::state::certificates;
use crate::state::specs::broken;
use nusantara_plan::site::tls;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, DomainName, Username};

pub(super) fn list(d: &Daemon, username: &Username) -> Result<Answer, OperationError> {
    Ok(Answer::Certificates { sites: tls(&spec(d, username)?) })
}

pub(super) fn show(d: &Daemon, username: &Username, domain: &DomainName) -> Result<Answer, OperationError> {
    let spec = spec(d, username)?;
    let certificate = spec.meta.certificates.get(domain).ok_or_else(|| none(domain))?;
    let chain = certificates::chain(&d.folders, spec.account.uid, &certificate.id).and_then(|text| text.parse().ok());
    chain.map(|chain| Answer::CertificateChain { chain }).ok_or_else(|| none(domain))
}

fn spec(d: &Daemon, username: &Username) -> Result<AccountSpec, OperationError> {
    if d.index.get(username).is_none() {
        return Err(no_account(username));
    }
    d.specs.read(username).map_err(|e| broken(&e))
}

/// No such certificate, in the words every operation uses.
pub(super) fn none(domain: &DomainName) -> OperationError {
    OperationError::new(ErrorCode::NotFound, format!("{domain} has no certificate of its own; it answers with the host's")).field("domain")
}
