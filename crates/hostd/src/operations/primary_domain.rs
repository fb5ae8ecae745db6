//! Gives the primary site of an account another name, or another of its sites that place.
//!
//! A new name, and one that was an alias, changes what the site is called: it stays the same site, with its folder and its settings. A
//! name that has a site already brings it along: both stay what they are, and the home's `public_html` leads to the other one's folder.

use super::Call;
use super::account_create::refuse_own_name;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, KeepOld, OperationError, PrimaryDomain};
use nusantara_types::sites::Www;
use nusantara_types::{AccountSpec, DomainName, Domains, ServedDomain};

pub(super) async fn run(d: &Daemon, call: &Call, args: &PrimaryDomain) -> Result<Answer, OperationError> {
    refuse_own_name(d, &args.domain, "domain")?;
    let consent = if args.below_foreign { Consent::Given } else { Consent::None };
    edit(d, call, &args.username, consent, |spec| change(spec, &args.domain, args.keep_old)).await
}

/// The spec with another primary domain, for a plan.
pub(super) fn planned(
    d: &Daemon,
    spec: &AccountSpec,
    domain: &DomainName,
    keep_old: Option<KeepOld>,
) -> Result<AccountSpec, OperationError> {
    refuse_own_name(d, domain, "domain")?;
    let mut after = spec.clone();
    change(&mut after, domain, keep_old)?;
    after.validate().map_err(|e| OperationError::new(ErrorCode::Invalid, e.message).field(e.field))?;
    Ok(after)
}

fn change(spec: &mut AccountSpec, domain: &DomainName, keep_old: Option<KeepOld>) -> Result<(), OperationError> {
    let invalid = |message: String| Err(OperationError::new(ErrorCode::Invalid, message).field("domain"));
    let d = &mut spec.domains;
    let old = d.primary.clone();
    if &old.domain == domain {
        return invalid(format!("{domain} is the account's primary domain already"));
    }
    let www = |site: &ServedDomain| if site.settings.www == Www::None { None } else { site.domain.with_www() };
    match site_taken_out(d, domain) {
        Some(site) => {
            d.primary = site;
            match keep_old.unwrap_or(KeepOld::Addon) {
                KeepOld::Addon => d.addon_domains.push(old.clone()),
                KeepOld::Alias => d.alias_domains.extend([Some(old.domain.clone()), www(&old)].into_iter().flatten()),
                KeepOld::None => {}
            }
        }
        None => {
            d.alias_domains.retain(|alias| alias != domain);
            d.primary.domain = domain.clone();
            if domain.with_www().is_none() {
                d.primary.settings.www = Www::None;
            }
            // What the site is called now may have been an alias too, where its name had one with `www.` before it.
            let also = www(&d.primary);
            d.alias_domains.retain(|alias| Some(alias) != also.as_ref());
            match keep_old.unwrap_or(KeepOld::Alias) {
                KeepOld::Addon => d.addon_domains.push(old.clone()),
                // Whoever knows one of the two names finds the site.
                KeepOld::Alias => {
                    d.alias_domains.extend([Some(old.domain.clone()), www(&old)].into_iter().flatten().filter(|n| n != domain))
                }
                KeepOld::None => {}
            }
        }
    }
    let held: Vec<DomainName> = d.claims().into_iter().map(|(name, _)| name).collect();
    if let Some(child) = d.subdomains.iter().find(|s| !held.contains(&s.parent)) {
        let message = format!("{} lies below {}; keep that name, or remove the subdomain first", child.subdomain, child.parent);
        return Err(OperationError::new(ErrorCode::Invalid, message).field("keep_old_as"));
    }
    spec.account.primary_domain = domain.clone();
    Ok(())
}

/// The site of a name, taken out of its list.
fn site_taken_out(d: &mut Domains, domain: &DomainName) -> Option<ServedDomain> {
    if let Some(at) = d.addon_domains.iter().position(|site| &site.domain == domain) {
        return Some(d.addon_domains.remove(at));
    }
    let at = d.subdomains.iter().position(|site| &site.subdomain == domain)?;
    let site = d.subdomains.remove(at);
    Some(ServedDomain { domain: site.subdomain, docroot: site.docroot, settings: site.settings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::site_add::tests::with;
    use crate::operations::spec::tests::spec_of;
    use nusantara_types::DomainKind;

    fn changed(spec: &AccountSpec, domain: &str, keep_old: Option<KeepOld>) -> AccountSpec {
        let mut after = spec.clone();
        change(&mut after, &domain.parse().unwrap(), keep_old).unwrap();
        assert_eq!(after.validate(), Ok(()), "{domain} {keep_old:?}");
        after
    }

    fn names(spec: &AccountSpec) -> Vec<(&str, DomainKind)> {
        spec.domains.names().map(|(name, kind)| (name.as_str(), kind)).collect()
    }

    #[test]
    fn a_new_name_is_the_same_site() {
        use DomainKind::{Addon, Alias, Primary, Subdomain};
        let mut spec = with(&spec_of("joko", "joko.test"), "a.joko.test", None);
        spec.domains.primary.settings.www = Www::ToApex;
        let after = changed(&spec, "new.test", None);
        assert_eq!(names(&after), [("new.test", Primary), ("a.joko.test", Subdomain), ("joko.test", Alias), ("www.joko.test", Alias)]);
        assert_eq!(after.domains.primary.docroot, spec.domains.primary.docroot, "its files do not move");
        assert_eq!(changed(&after, "joko.test", Some(KeepOld::None)).domains.primary, spec.domains.primary);
        let back = changed(&after, "www.joko.test", Some(KeepOld::None));
        assert_eq!(back.domains.alias_domains, ["joko.test".parse().unwrap()], "an alias becomes the name");
        let both = changed(&spec, "new.test", Some(KeepOld::Addon));
        assert_eq!(names(&both), [("new.test", Primary), ("joko.test", Addon), ("a.joko.test", Subdomain)]);
        assert_eq!(both.domains.addon_domains[0], spec.domains.primary);
        let to_www = changed(&spec, "www.joko.test", None);
        assert_eq!(names(&to_www), [("www.joko.test", Primary), ("a.joko.test", Subdomain), ("joko.test", Alias)]);
    }

    #[test]
    fn a_site_that_is_there_changes_places() {
        use DomainKind::{Addon, Primary, Subdomain};
        let spec = with(&with(&spec_of("joko", "joko.test"), "shop.test", None), "a.joko.test", None);
        let after = changed(&spec, "shop.test", None);
        assert_eq!(names(&after), [("shop.test", Primary), ("joko.test", Addon), ("a.joko.test", Subdomain)]);
        assert_eq!((&after.domains.primary, &after.domains.addon_domains[0]), (&spec.domains.addon_domains[0], &spec.domains.primary));
        assert_eq!(changed(&after, "joko.test", None), spec);
        let sub = changed(&spec, "a.joko.test", None);
        assert_eq!(names(&sub), [("a.joko.test", Primary), ("shop.test", Addon), ("joko.test", Addon)]);
    }

    #[test]
    fn what_cannot_be_is_named() {
        let spec = with(&spec_of("joko", "joko.test"), "a.joko.test", None);
        let field = |domain: &str, keep_old| change(&mut spec.clone(), &domain.parse().unwrap(), keep_old).unwrap_err().field.unwrap();
        assert_eq!(field("joko.test", None), "domain");
        assert_eq!(field("new.test", Some(KeepOld::None)), "keep_old_as");
    }
}
