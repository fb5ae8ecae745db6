//! Takes a domain of an account off the air. Its files stay.

use super::Call;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, DomainName, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, domain: &DomainName) -> Result<Answer, OperationError> {
    edit(d, call, username, Consent::None, |spec| remove(spec, domain)).await
}

fn remove(spec: &mut AccountSpec, domain: &DomainName) -> Result<(), OperationError> {
    let d = &mut spec.domains;
    let invalid = |message: String| Err(OperationError::new(ErrorCode::Invalid, message).field("domain"));
    if &d.primary.domain == domain {
        return invalid(format!("{domain} is the account's primary domain; it goes with the account"));
    }
    let www = d.sites().find(|(name, ..)| *name == domain).and_then(|(name, ..)| name.with_www());
    if let Some(child) = d.subdomains.iter().find(|s| &s.parent == domain || Some(&s.parent) == www.as_ref()) {
        return invalid(format!("{} lies below {}; remove it first", child.subdomain, child.parent));
    }
    let before = d.names().count();
    d.addon_domains.retain(|s| &s.domain != domain);
    d.subdomains.retain(|s| &s.subdomain != domain);
    d.alias_domains.retain(|alias| alias != domain);
    if d.names().count() == before {
        return Err(OperationError::new(ErrorCode::NotFound, format!("this account has no site {domain}")).field("domain"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::site_add::tests::with;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn a_site_goes_only_when_nothing_hangs_on_it() {
        let start = with(&spec_of("joko", "joko.test"), "a.joko.test", None);
        let mut spec = with(&start, "b.a.joko.test", None);
        for (domain, code) in [("joko.test", ErrorCode::Invalid), ("a.joko.test", ErrorCode::Invalid), ("other.test", ErrorCode::NotFound)]
        {
            assert_eq!(remove(&mut spec.clone(), &domain.parse().unwrap()).unwrap_err().code, code, "{domain}");
        }
        remove(&mut spec, &"b.a.joko.test".parse().unwrap()).unwrap();
        assert_eq!(spec, start);
    }
}
