//! Publishes a further domain of an account, or gives its primary site another name.

use super::Call;
use super::account_create::{installed, refuse_own_name};
use super::edit::{Consent, edit};
use super::site_update::without_folders;
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, OperationError, SiteAdd};
use nusantara_types::{AccountSpec, DocRoot, DomainKind, DomainName, ServedDomain, SiteSettings, Subdomain};

pub(super) async fn run(d: &Daemon, call: &Call, args: &SiteAdd) -> Result<Answer, OperationError> {
    if args.settings.php_version.is_some() {
        installed(d, args.settings.php_version.as_ref())?;
    }
    without_folders(&args.settings)?;
    refuse_own_name(d, &args.domain, "domain")?;
    let consent = if args.below_foreign { Consent::Given } else { Consent::None };
    edit(d, call, &args.username, consent, |spec| add(spec, args)).await
}

/// Adds the site: as what was asked for, else as a subdomain when the name lies below a domain of the account, else as an addon
/// domain.
fn add(spec: &mut AccountSpec, args: &SiteAdd) -> Result<(), OperationError> {
    let invalid = |field: &str, message: String| Err(OperationError::new(ErrorCode::Invalid, message).field(field));
    let domain = args.domain.clone();
    if spec.domains.claims().iter().any(|(name, _)| name == &domain) {
        let message = format!("{domain} is a domain of this account already");
        return Err(OperationError::new(ErrorCode::Conflict, message).field("domain"));
    }
    let parent = parent(spec, &domain);
    let docroot = args.docroot.clone().unwrap_or_else(|| DocRoot::default_for(&domain));
    let settings = args.settings.clone();
    let d = &mut spec.domains;
    match (args.kind, parent) {
        (Some(DomainKind::Primary), _) => return invalid("kind", "an account has one primary domain, from its first day".to_owned()),
        (Some(DomainKind::Alias), _) if args.docroot.is_some() => {
            return invalid("docroot", "an alias answers like the primary site and has no folder of its own".to_owned());
        }
        (Some(DomainKind::Alias), _) if settings != SiteSettings::default() => {
            return invalid("settings", "an alias answers like the primary site and has no settings of its own".to_owned());
        }
        (Some(DomainKind::Subdomain), None) => return invalid("domain", format!("{domain} does not lie below a domain of this account")),
        (Some(DomainKind::Alias), _) => d.alias_domains.push(domain),
        (Some(DomainKind::Subdomain) | None, Some(parent)) => d.subdomains.push(Subdomain { subdomain: domain, parent, docroot, settings }),
        (Some(DomainKind::Addon), _) | (None, None) => d.addon_domains.push(ServedDomain { domain, docroot, settings }),
    }
    Ok(())
}

/// The account's nearest domain above a name.
fn parent(spec: &AccountSpec, domain: &DomainName) -> Option<DomainName> {
    let above = spec.domains.names().map(|(name, _)| name).filter(|name| domain.is_below(name));
    above.max_by_key(|name| name.as_str().len()).cloned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    fn args(domain: &str, kind: Option<DomainKind>) -> SiteAdd {
        SiteAdd {
            username: "joko".parse().unwrap(),
            domain: domain.parse().unwrap(),
            kind,
            docroot: None,
            settings: SiteSettings::default(),
            below_foreign: false,
        }
    }

    pub(in crate::operations) fn with(spec: &AccountSpec, domain: &str, kind: Option<DomainKind>) -> AccountSpec {
        let mut spec = spec.clone();
        add(&mut spec, &args(domain, kind)).unwrap();
        spec.validate().unwrap();
        spec
    }

    #[test]
    fn a_name_below_an_own_domain_is_a_subdomain_of_the_nearest() {
        let spec = with(&spec_of("joko", "joko.test"), "shop.test", None);
        let spec = with(&spec, "a.joko.test", None);
        let spec = with(&spec, "b.a.joko.test", None);
        let spec = with(&spec, "c.joko.test", Some(DomainKind::Addon));
        let spec = with(&spec, "joko.example", Some(DomainKind::Alias));
        assert_eq!(spec.domains.addon_domains.len(), 2);
        assert_eq!(spec.domains.subdomains[1].parent.as_str(), "a.joko.test");
        assert_eq!(spec.domains.alias_domains.len(), 1);
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        let mut taken = spec_of("joko", "joko.test");
        taken.domains.primary.settings.www = nusantara_types::sites::Www::Both;
        let docroot = SiteAdd { docroot: Some("x".parse().unwrap()), ..args("a.test", Some(DomainKind::Alias)) };
        let settings = SiteSettings { https: true, ..SiteSettings::default() };
        for (field, args) in [
            ("domain", args("joko.test", None)),
            ("domain", args("www.joko.test", None)),
            ("domain", args("a.test", Some(DomainKind::Subdomain))),
            ("kind", args("a.test", Some(DomainKind::Primary))),
            ("docroot", docroot),
            ("settings", SiteAdd { settings, ..args("a.test", Some(DomainKind::Alias)) }),
        ] {
            assert_eq!(add(&mut taken.clone(), &args).unwrap_err().field.as_deref(), Some(field), "{args:?}");
        }
    }
}
