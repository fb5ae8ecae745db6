//! Certificates as the client sees them.

use crate::acme::{due, orders, past};
use nusantara_api::certificates::{CertificateFacts, CertificateFailure, CertificateOrigin, CertificateState, SiteCertificate};
use nusantara_proto::host::SiteTls;
use nusantara_store::JobRecord;
use nusantara_types::certificates::{self, CertificateSource};
use nusantara_types::{Timestamp, Username};

/// A site with its certificate, and what came of its last orders.
pub(crate) fn site(username: &Username, site: SiteTls, jobs: &[JobRecord], directory: Option<&str>, now: Timestamp) -> SiteCertificate {
    let missing = match &site.certificate {
        Some(own) => site.names.iter().filter(|name| !own.covers([*name])).map(ToString::to_string).collect(),
        None => Vec::new(),
    };
    let under_way = orders(jobs, &site.domain).find(|job| !job.state.is_final()).map(|job| job.id.0);
    SiteCertificate {
        account: username.to_string(),
        state: state(&site, now),
        failure: failure(&site, jobs),
        job: under_way,
        missing,
        orders: directory.is_some(),
        directory: directory.map(str::to_owned),
        names: site.names.iter().map(ToString::to_string).collect(),
        certificate: site.certificate.as_ref().map(|own| facts(site.domain.as_str(), own)),
        domain: site.domain.to_string(),
    }
}

fn state(site: &SiteTls, now: Timestamp) -> CertificateState {
    match &site.certificate {
        _ if !site.https => CertificateState::Off,
        None => CertificateState::HostOwn,
        Some(own) if own.not_after <= now => CertificateState::Ended,
        Some(_) if due::wanted(site, now) => CertificateState::Renewing,
        Some(_) => CertificateState::Valid,
    }
}

fn facts(domain: &str, own: &certificates::SiteCertificate) -> CertificateFacts {
    CertificateFacts {
        source: match own.source {
            CertificateSource::Acme => CertificateOrigin::Acme,
            CertificateSource::Uploaded => CertificateOrigin::Uploaded,
        },
        names: own.names.iter().map(ToString::to_string).collect(),
        issuer: own.issuer.clone(),
        fingerprint: own.fingerprint.to_string(),
        not_before: own.not_before,
        not_after: own.not_after,
        installed_at: own.installed_at,
        renews_at: due::renewal(domain, own),
    }
}

/// The last order, when it failed.
fn failure(site: &SiteTls, jobs: &[JobRecord]) -> Option<CertificateFailure> {
    let last = orders(jobs, &site.domain).find(|job| job.state.is_final())?;
    let failure = last.failure.as_ref()?;
    // What was put in force since then has settled it.
    if site.certificate.as_ref().is_some_and(|own| last.finished_at.is_some_and(|ended| own.installed_at > ended)) {
        return None;
    }
    Some(CertificateFailure {
        code: failure.code.clone(),
        message: failure.message.clone(),
        detail: failure.detail.clone(),
        at: last.finished_at?,
        again_at: past(jobs, &site.domain).not_before(),
        job: last.id.0,
    })
}
