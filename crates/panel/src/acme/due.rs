//! When a site's certificate is ordered without anybody asking: pure, so that its rules are tested without a clock or an authority.

use chrono::TimeDelta;
use nusantara_proto::host::SiteTls;
use nusantara_types::Timestamp;
use nusantara_types::certificates::{CertificateSource, SiteCertificate};
use sha2::{Digest, Sha256};

/// Pauses after one failure, two, and so on: fewer than four orders of a site fail in its first hour, and two a day in the end.
const PAUSES: [TimeDelta; 5] =
    [TimeDelta::minutes(20), TimeDelta::minutes(40), TimeDelta::hours(2), TimeDelta::hours(6), TimeDelta::hours(12)];
/// An uploaded certificate is its owner's to renew; this long before its end the site must not go without one.
const LAST_MOMENT: TimeDelta = TimeDelta::hours(24);
/// How often names that are missing from a certificate are looked for again.
const NAMES_AGAIN: TimeDelta = TimeDelta::hours(24);

/// What the last orders of a site came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Past {
    /// Orders that failed since the last success.
    pub(crate) failures: u32,
    /// When the last order ended.
    pub(crate) ended: Option<Timestamp>,
}

impl Past {
    /// Not before this: none when nothing stands in the way.
    pub(crate) fn not_before(&self) -> Option<Timestamp> {
        let pause = PAUSES[usize::try_from(self.failures.checked_sub(1)?).unwrap_or(usize::MAX).min(PAUSES.len() - 1)];
        Some(self.ended? + pause)
    }
}

/// When a certificate is renewed: after two thirds of its life, and by its site's name a little later, so that those which were
/// ordered together are not renewed together.
pub(crate) fn renewal(domain: &str, certificate: &SiteCertificate) -> Timestamp {
    if certificate.source == CertificateSource::Uploaded {
        return certificate.not_after - LAST_MOMENT;
    }
    let life = certificate.not_after - certificate.not_before;
    let digest = Sha256::digest(domain.as_bytes());
    let share = i32::from(digest[0]);
    certificate.not_before + life * 2 / 3 + life / 30 * share / 256
}

/// Whether the time has come for a certificate, whatever was tried before.
pub(crate) fn wanted(site: &SiteTls, now: Timestamp) -> bool {
    site.https && site.certificate.as_ref().is_none_or(|certificate| renewal(site.domain.as_str(), certificate) <= now)
}

/// Whether an order is begun now. `changed` is when something about the account last changed: names may have come.
pub(crate) fn is_due(site: &SiteTls, past: &Past, changed: Timestamp, now: Timestamp) -> bool {
    if past.not_before().is_some_and(|earliest| now < earliest) {
        return false;
    }
    if wanted(site, now) {
        return true;
    }
    let lacks = |c: &SiteCertificate| c.source == CertificateSource::Acme && !c.covers(&site.names);
    let looked_since = |ended: Timestamp| ended >= changed && ended + NAMES_AGAIN > now;
    site.https && site.certificate.as_ref().is_some_and(lacks) && !past.ended.is_some_and(looked_since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        chrono::DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn site(source: Option<CertificateSource>) -> SiteTls {
        let hash = || "a".repeat(64).parse().unwrap();
        let certificate = source.map(|source| SiteCertificate {
            id: hash(),
            fingerprint: hash(),
            source,
            names: vec!["joko.test".parse().unwrap()],
            issuer: "A".to_owned(),
            not_before: at(0),
            not_after: at(2_160),
            installed_at: at(0),
        });
        SiteTls { domain: "joko.test".parse().unwrap(), https: true, names: vec!["joko.test".parse().unwrap()], certificate }
    }

    #[test]
    fn a_certificate_is_renewed_after_two_thirds_of_its_life() {
        let site = site(Some(CertificateSource::Acme));
        let past = Past { failures: 0, ended: Some(at(0)) };
        assert!(!is_due(&site, &past, at(0), at(1_439)));
        assert!(is_due(&site, &past, at(0), at(1_440 + 72)));
        let when = |domain: &str| renewal(domain, site.certificate.as_ref().unwrap());
        assert!(when("a.test") != when("b.test") && when("a.test") < at(1_440 + 72) && when("a.test") >= at(1_440));
    }

    #[test]
    fn what_fails_is_tried_less_and_less_often() {
        let site = site(None);
        assert!(is_due(&site, &Past::default(), at(0), at(0)));
        let (mut now, mut tries) = (at(0), Vec::new());
        let mut past = Past::default();
        while now < at(48) {
            if is_due(&site, &past, at(0), now) {
                tries.push(now);
                past = Past { failures: past.failures + 1, ended: Some(now) };
            }
            now += TimeDelta::minutes(1);
        }
        assert!(tries.iter().filter(|at_| **at_ < at(1)).count() <= 3, "{tries:?}");
        assert!(tries.iter().filter(|at_| **at_ >= at(24)).count() <= 2, "{tries:?}");
    }

    #[test]
    fn an_uploaded_one_is_its_owners_until_the_last_moment() {
        let site = site(Some(CertificateSource::Uploaded));
        assert!(!is_due(&site, &Past::default(), at(5_000), at(2_130)));
        assert!(is_due(&site, &Past::default(), at(0), at(2_137)));
    }

    #[test]
    fn names_that_came_are_looked_for_once_and_then_daily() {
        let mut site = site(Some(CertificateSource::Acme));
        site.names.push("www.joko.test".parse().unwrap());
        let past = |ended| Past { failures: 0, ended: Some(at(ended)) };
        assert!(is_due(&site, &past(10), at(11), at(12)));
        assert!(!is_due(&site, &past(13), at(11), at(14)));
        assert!(is_due(&site, &past(13), at(11), at(37)));
        site.https = false;
        assert!(!is_due(&site, &past(10), at(11), at(12)));
    }
}
