//! Has a site answer with a certificate, or with the host's own again.
//!
//! Key and chain are one file that is named by its content and written before anything names it; from then on this is an edit like
//! every other: what the account's files name is what its vhost names, both change together and go back together.

use super::Call;
use super::certificate_read::none;
use super::certificate_request::no_site;
use super::edit::{Consent, edit_seen};
use crate::daemon::Daemon;
use crate::state::specs::broken;
use crate::state::{certificates, host_failed};
use nusantara_host::certificate::{Chain, is_signed, public_key, read_chain};
use nusantara_plan::site::sites;
use nusantara_proto::host::{Answer, CertificateInstall, ErrorCode, NameStanding, OperationError};
use nusantara_types::certificates::{CertificateSource, PrivateKey, SiteCertificate};
use nusantara_types::{DomainName, Secret, Timestamp, Username};

/// By as much the clock of an authority may be ahead.
const AHEAD: chrono::TimeDelta = chrono::TimeDelta::hours(24);

pub(super) async fn install(d: &Daemon, call: &Call, args: &CertificateInstall) -> Result<Answer, OperationError> {
    let put = |spec: &mut nusantara_types::AccountSpec, certificate: SiteCertificate| {
        spec.meta.certificates.insert(args.domain.clone(), certificate);
        Ok(())
    };
    edit_seen(d, call, &args.username, Consent::None, async || looked_at(d, args).await, put).await.map_err(|error| {
        if error.code != ErrorCode::ConfigRefused {
            return error;
        }
        OperationError {
            detail: error.detail,
            ..invalid("chain", "the web server does not take this certificate; are it and its key too weak?")
        }
    })
}

pub(super) async fn remove(d: &Daemon, call: &Call, username: &Username, domain: &DomainName) -> Result<Answer, OperationError> {
    // The key that was made for it goes first, inside the account's lock: what is cut off in between is found by the next try.
    let look = async || {
        let spec = d.specs.read(username).map_err(|e| broken(&e))?;
        if !spec.meta.certificates.contains_key(domain) {
            return Err(none(domain));
        }
        certificates::forget_key(&d.folders, spec.account.uid, domain).await.map_err(|e| host_failed(&e))
    };
    edit_seen(d, call, username, Consent::None, look, |spec, ()| match spec.meta.certificates.remove(domain) {
        Some(_) => Ok(()),
        None => Err(none(domain)),
    })
    .await
}

fn invalid(field: &str, message: impl Into<String>) -> OperationError {
    OperationError::new(ErrorCode::Invalid, message).field(field)
}

/// Looks at key and chain, and writes them down where nothing names them yet.
async fn looked_at(d: &Daemon, args: &CertificateInstall) -> Result<SiteCertificate, OperationError> {
    let spec = d.specs.read(&args.username).map_err(|e| broken(&e))?;
    let uid = spec.account.uid;
    let all = sites(&spec);
    let site = all.iter().find(|site| site.domain == &args.domain).ok_or_else(|| no_site(&args.domain))?;
    let (chain_text, key_text) =
        (blocks(args.chain.as_str(), "CERTIFICATE"), args.key.as_ref().map(|key| blocks(key.expose(), "PRIVATE KEY")));
    let chain = read_chain(&chain_text).map_err(|why| invalid("chain", why))?;
    timely(&chain, d.now())?;
    if !chain.names.iter().any(|name| name.covers(&args.domain)) {
        let names: Vec<&str> = chain.names.iter().take(5).map(AsRef::as_ref).collect();
        return Err(invalid("chain", format!("the certificate is for {}, not for {}", names.join(", "), args.domain)));
    }
    not_of_others(d, args, &chain)?;
    let key = match key_text {
        Some(text) => PrivateKey::try_from(Secret::from(text)).map_err(|e| invalid("key", e.allowed))?,
        None => certificates::kept_key(&d.folders, uid, &args.domain).ok_or_else(|| {
            let message =
                if args.source == CertificateSource::Uploaded { "a key is needed" } else { "no key was made for this site; begin anew" };
            invalid("key", message)
        })?,
    };
    match public_key(&key).await.map_err(|e| host_failed(&e))? {
        None => return Err(invalid("key", "the key cannot be read; paste the file as it is, without a password on it")),
        Some(public) if public != chain.public_key => {
            return Err(invalid("key", "the key does not belong to the certificate: that was made for another key"));
        }
        Some(_) => {}
    }
    let mut below = chain_text.as_str();
    while let Some(above) = after_first(below) {
        let signed = certificates::beside(&d.folders, uid, above, async |path| is_signed(below, &path).await);
        if !signed.await.map_err(|e| host_failed(&e))? {
            return Err(invalid("chain", "a certificate of the chain carries a signature that the one after it did not make"));
        }
        below = above;
    }
    let failed = || OperationError::new(ErrorCode::HostFailed, "the certificate could not be written down");
    let written = certificates::write(&d.folders, uid, &key, &chain_text).await.map_err(|e| host_failed(&e))?;
    let fingerprint = chain.der.first().and_then(|der| certificates::hash(der)).ok_or_else(failed)?;
    Ok(SiteCertificate {
        id: written.ok_or_else(failed)?,
        fingerprint,
        source: args.source,
        // Those that mean something to the site: an uploaded one may name a hundred others.
        names: chain.names.into_iter().filter(|name| site.names().iter().any(|own| name.covers(own))).collect(),
        issuer: chain.issuer,
        not_before: chain.not_before,
        not_after: chain.not_after,
        installed_at: d.now(),
    })
}

fn timely(chain: &Chain, now: Timestamp) -> Result<(), OperationError> {
    if chain.not_after <= now {
        return Err(invalid("chain", format!("the certificate ended on {}", chain.not_after.format("%Y-%m-%d"))));
    }
    if chain.not_before > now + AHEAD {
        return Err(invalid("chain", format!("the certificate begins on {} only", chain.not_before.format("%Y-%m-%d"))));
    }
    Ok(())
}

/// Names of other machines may be in it; names of other accounts of this host may not (SECURITY R29).
fn not_of_others(d: &Daemon, args: &CertificateInstall, chain: &Chain) -> Result<(), OperationError> {
    let below = |name: &str| name.strip_prefix("*.").unwrap_or(name).parse::<DomainName>().ok();
    let plain = chain.names.iter().filter_map(|name| below(name.as_str()));
    let spec = d.specs.read(&args.username).map_err(|e| broken(&e))?;
    let own: Vec<DomainName> = spec.domains.claims().into_iter().map(|(name, _)| name).collect();
    let foreign = plain.filter(|name| !own.contains(name)).find(|name| d.index.standing(&args.username, name) == NameStanding::Held);
    match foreign {
        Some(name) => Err(invalid("chain", format!("the certificate is also for {name}, which is another account's"))),
        None => Ok(()),
    }
}

/// The blocks of PEM whose label ends so, and nothing that stands between them.
fn blocks(text: &str, label: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in text.lines().map(str::trim_end) {
        inside |= line.starts_with("-----BEGIN ") && line.ends_with(&format!("{label}-----"));
        if inside {
            out.push_str(line);
            out.push('\n');
        }
        inside &= !line.starts_with("-----END ");
    }
    out
}

/// What follows the first block.
fn after_first(chain: &str) -> Option<&str> {
    const BEGIN: &str = "-----BEGIN ";
    let second = chain.match_indices(BEGIN).nth(1)?.0;
    Some(&chain[second..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_blocks_that_are_meant_are_kept() {
        let text = "Bag Attributes\r\n-----BEGIN EC PARAMETERS-----\nx\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\r\nA\r\n-----END EC PRIVATE KEY-----\nsubject=/CN=a\n-----BEGIN CERTIFICATE-----\nB\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nC\n-----END CERTIFICATE-----";
        assert_eq!(blocks(text, "PRIVATE KEY"), "-----BEGIN EC PRIVATE KEY-----\nA\n-----END EC PRIVATE KEY-----\n");
        let chain = blocks(text, "CERTIFICATE");
        assert_eq!(chain.matches("BEGIN").count(), 2);
        assert_eq!(after_first(&chain), Some("-----BEGIN CERTIFICATE-----\nC\n-----END CERTIFICATE-----\n"));
        assert_eq!(after_first(after_first(&chain).unwrap()), None);
    }
}
