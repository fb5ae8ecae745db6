//! Gives a site other settings or another folder. Its protected folders stay as they are, and no file moves.

use super::Call;
use super::account_create::installed;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, OperationError, SiteUpdate};
use nusantara_types::{AccountSpec, DocRoot, DomainName, SiteSettings};

pub(super) async fn run(d: &Daemon, call: &Call, args: &SiteUpdate) -> Result<Answer, OperationError> {
    if args.settings.php_version.is_some() {
        installed(d, args.settings.php_version.as_ref())?;
    }
    without_folders(&args.settings)?;
    edit(d, call, &args.username, Consent::None, |spec| update(spec, args)).await
}

fn update(spec: &mut AccountSpec, args: &SiteUpdate) -> Result<(), OperationError> {
    let (docroot, settings) = site(spec, &args.domain)?;
    let protected = std::mem::take(&mut settings.protected);
    *settings = SiteSettings { protected, ..args.settings.clone() };
    if let Some(other) = &args.docroot {
        docroot.clone_from(other);
    }
    Ok(())
}

/// Protected folders come with the hashes of passwords, and so by an operation of their own.
pub(super) fn without_folders(settings: &SiteSettings) -> Result<(), OperationError> {
    if settings.protected.is_empty() {
        return Ok(());
    }
    let message = "protected folders are not set together with other settings";
    Err(OperationError::new(ErrorCode::Invalid, message).field("settings.protected"))
}

/// Folder and settings of a site.
pub(super) fn site<'a>(spec: &'a mut AccountSpec, domain: &DomainName) -> Result<(&'a mut DocRoot, &'a mut SiteSettings), OperationError> {
    let d = &mut spec.domains;
    let alias = d.alias_domains.contains(domain);
    let served = std::iter::once(&mut d.primary).chain(&mut d.addon_domains).map(|s| (&s.domain, &mut s.docroot, &mut s.settings));
    let below = d.subdomains.iter_mut().map(|s| (&s.subdomain, &mut s.docroot, &mut s.settings));
    let found = served.chain(below).find(|(name, ..)| *name == domain);
    found.map(|(_, docroot, settings)| (docroot, settings)).ok_or_else(|| {
        let message = match alias {
            true => format!("{domain} answers like the primary site; change that one"),
            false => format!("this account has no site {domain}"),
        };
        OperationError::new(ErrorCode::NotFound, message).field("domain")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::site_add::tests::with;
    use crate::operations::spec::tests::spec_of;
    use nusantara_types::DomainKind;

    #[test]
    fn settings_are_replaced_and_protected_folders_stay() {
        let mut spec = with(&spec_of("joko", "joko.test"), "a.joko.test", None);
        spec.domains.subdomains[0].settings =
            serde_json::from_value(serde_json::json!({ "https": true, "protected": [{ "path": "/a", "realm": "A", "visitors": [] }] }))
                .unwrap();
        let settings = SiteSettings { runtime: Some(nusantara_types::Runtime::Static), ..SiteSettings::default() };
        let args = |domain: &str| SiteUpdate {
            username: "joko".parse().unwrap(),
            domain: domain.parse().unwrap(),
            docroot: Some("elsewhere".parse().unwrap()),
            settings: settings.clone(),
        };
        update(&mut spec, &args("a.joko.test")).unwrap();
        let site = &spec.domains.subdomains[0];
        assert_eq!((site.docroot.as_str(), site.settings.https, site.settings.protected.len()), ("elsewhere", false, 1));
        let mut spec = with(&spec, "joko.example", Some(DomainKind::Alias));
        assert_eq!(update(&mut spec, &args("joko.example")).unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(update(&mut spec, &args("other.test")).unwrap_err().code, ErrorCode::NotFound);
    }
}
