//! The sites a spec asks for.

use crate::paths;
use nusantara_proto::host::{AccountSummary, DomainSummary};
use nusantara_types::{AccountSpec, DocRoot, DomainKind, DomainName, PhpVersion, Runtime};
use std::collections::BTreeSet;

/// One served domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site<'a> {
    /// Its name.
    pub domain: &'a DomainName,
    /// Primary, addon or subdomain.
    pub kind: DomainKind,
    /// Further names that it answers to.
    pub aliases: &'a [DomainName],
    /// Its folder below the home.
    pub docroot: &'a DocRoot,
    /// The PHP branch that answers, or none for files only.
    pub php: Option<&'a PhpVersion>,
}

impl Site<'_> {
    /// How it answers.
    #[must_use]
    pub const fn runtime(&self) -> Runtime {
        if self.php.is_some() { Runtime::Php } else { Runtime::Static }
    }
}

/// The sites of a spec, the primary one first, each with its runtime resolved against the account's defaults.
#[must_use]
pub fn sites(spec: &AccountSpec) -> Vec<Site<'_>> {
    let d = &spec.domains;
    let mut out = Vec::with_capacity(1 + d.addon_domains.len() + d.subdomains.len());
    out.push(Site {
        domain: &d.primary.domain,
        kind: DomainKind::Primary,
        aliases: &d.alias_domains,
        docroot: &d.primary.docroot,
        php: php_of(spec, d.primary.settings.runtime, d.primary.settings.php_version.as_ref()),
    });
    out.extend(d.addon_domains.iter().map(|s| Site {
        domain: &s.domain,
        kind: DomainKind::Addon,
        aliases: &[],
        docroot: &s.docroot,
        php: php_of(spec, s.settings.runtime, s.settings.php_version.as_ref()),
    }));
    out.extend(d.subdomains.iter().map(|s| Site {
        domain: &s.subdomain,
        kind: DomainKind::Subdomain,
        aliases: &[],
        docroot: &s.docroot,
        php: php_of(spec, s.settings.runtime, s.settings.php_version.as_ref()),
    }));
    out
}

fn php_of<'a>(spec: &'a AccountSpec, runtime: Option<Runtime>, version: Option<&'a PhpVersion>) -> Option<&'a PhpVersion> {
    let wanted = spec.services.php.enabled && runtime.unwrap_or_default() == Runtime::Php;
    wanted.then(|| version.unwrap_or(&spec.services.php.version))
}

/// The PHP branches that the sites of a spec need.
#[must_use]
pub fn php_versions(spec: &AccountSpec) -> BTreeSet<&PhpVersion> {
    sites(spec).into_iter().filter_map(|s| s.php).collect()
}

/// The line of the account list that a spec amounts to.
#[must_use]
pub fn summary(spec: &AccountSpec) -> AccountSummary {
    let a = &spec.account;
    let mut domains = Vec::new();
    for site in sites(spec) {
        let line = |domain: &DomainName, kind| DomainSummary {
            domain: domain.clone(),
            kind,
            root_path: paths::docroot(&a.username, site.docroot),
            runtime: site.runtime(),
            php_version: site.php.cloned(),
        };
        domains.push(line(site.domain, site.kind));
        domains.extend(site.aliases.iter().map(|alias| line(alias, DomainKind::Alias)));
    }
    AccountSummary {
        username: a.username.clone(),
        uid: a.uid,
        status: a.status,
        package: a.package.clone(),
        contact_email: a.contact_email.clone(),
        revision: spec.revision(),
        created_at: a.created_at,
        updated_at: a.updated_at,
        domains,
    }
}
