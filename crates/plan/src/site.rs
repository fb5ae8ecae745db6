//! The sites a spec asks for.

use crate::paths;
use crate::serving::Serving;
use nusantara_proto::host::{AccountSummary, DomainSummary, SiteTls};
use nusantara_types::apps::NodeApp;
use nusantara_types::certificates::SiteCertificate;
use nusantara_types::sites::{ProxyTarget, Redirect, Www};
use nusantara_types::{AccountSpec, DocRoot, DomainKind, DomainName, PhpVersion, Runtime, SiteSettings};
use std::collections::BTreeSet;

/// What answers for a site, with everything needed to lead there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers<'a> {
    /// PHP of this branch.
    Php(&'a PhpVersion),
    /// The files themselves.
    Static,
    /// Something the account runs itself.
    Proxy(&'a ProxyTarget),
    /// A supervised app.
    App(&'a NodeApp),
    /// Another address.
    Redirect(&'a Redirect),
}

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
    /// What answers.
    pub answers: Answers<'a>,
    /// Its name with `www.` before it, when it has that one too.
    pub www: Option<DomainName>,
    /// Its options.
    pub settings: &'a SiteSettings,
    /// Its own certificate, when it has one and answers HTTPS.
    pub certificate: Option<&'a SiteCertificate>,
}

impl Site<'_> {
    /// The PHP branch that answers, when it is PHP that does.
    #[must_use]
    pub const fn php(&self) -> Option<&PhpVersion> {
        match self.answers {
            Answers::Php(version) => Some(version),
            _ => None,
        }
    }

    /// How it answers.
    #[must_use]
    pub const fn runtime(&self) -> Runtime {
        match self.answers {
            Answers::Php(_) => Runtime::Php,
            Answers::Static => Runtime::Static,
            Answers::Proxy(_) => Runtime::Proxy,
            Answers::App(_) => Runtime::Node,
            Answers::Redirect(_) => Runtime::Redirect,
        }
    }

    /// The name it settles on: the one that the other of the two with and without `www.` redirects to.
    #[must_use]
    pub fn settled(&self) -> &DomainName {
        match &self.www {
            Some(www) if self.settings.www == Www::ToWww => www,
            _ => self.domain,
        }
    }

    /// The name that only redirects to the one it settles on.
    #[must_use]
    pub fn redirecting(&self) -> Option<&DomainName> {
        match self.settings.www {
            Www::ToApex => self.www.as_ref(),
            Www::ToWww if self.www.is_some() => Some(self.domain),
            _ => None,
        }
    }

    /// The names it serves pages under, the one it settles on first.
    #[must_use]
    pub fn served(&self) -> Vec<&DomainName> {
        let both = self.www.as_ref().filter(|_| self.settings.www == Www::Both);
        std::iter::once(self.settled()).chain(both).chain(self.aliases).collect()
    }

    /// Every name it answers to, its own first.
    #[must_use]
    pub fn names(&self) -> Vec<&DomainName> {
        std::iter::once(self.domain).chain(&self.www).chain(self.aliases).collect()
    }

    /// The largest request body in MiB.
    #[must_use]
    pub fn upload_mb(&self) -> u32 {
        self.settings.max_upload_mb.map_or(DEFAULT_UPLOAD_MB, nusantara_types::sites::UploadMiB::get)
    }
}

/// The largest request body of a site that says nothing, in MiB.
pub const DEFAULT_UPLOAD_MB: u32 = 64;

/// The sites of a spec, the primary one first, each with its runtime resolved against the account's defaults.
#[must_use]
pub fn sites(spec: &AccountSpec) -> Vec<Site<'_>> {
    let site = |(domain, kind, docroot, settings)| {
        let aliases: &[DomainName] = if kind == DomainKind::Primary { &spec.domains.alias_domains } else { &[] };
        let settings: &SiteSettings = settings;
        let www = if settings.www == Www::None { None } else { DomainName::with_www(domain) };
        let certificate = spec.meta.certificates.get(domain).filter(|_| settings.https);
        Site { domain, kind, aliases, docroot, answers: answers(spec, settings), www, settings, certificate }
    };
    spec.domains.sites().map(site).collect()
}

/// What answers for a site with these settings. Where the settings do not name what their runtime needs, which no valid spec
/// does, and where PHP is off, it is the files.
fn answers<'a>(spec: &'a AccountSpec, settings: &'a SiteSettings) -> Answers<'a> {
    let php = &spec.services.php;
    let named = match settings.runtime() {
        Runtime::Php if php.enabled => Some(Answers::Php(settings.php_version.as_ref().unwrap_or(&php.version))),
        Runtime::Php | Runtime::Static => None,
        Runtime::Proxy => settings.proxy.as_ref().map(Answers::Proxy),
        Runtime::Node => {
            let mut apps = spec.services.nodejs.apps.iter();
            apps.find(|app| settings.app.as_ref() == Some(&app.name)).map(Answers::App)
        }
        Runtime::Redirect => settings.redirect.as_ref().map(Answers::Redirect),
    };
    named.unwrap_or(Answers::Static)
}

/// The PHP branches that the sites of a spec need now: none while they do not serve.
#[must_use]
pub fn php_versions(spec: &AccountSpec) -> BTreeSet<&PhpVersion> {
    if !Serving::of(spec).runs() {
        return BTreeSet::new();
    }
    sites(spec)
        .into_iter()
        .filter_map(|s| match s.answers {
            Answers::Php(version) => Some(version),
            _ => None,
        })
        .collect()
}

/// What the sites of a spec answer HTTPS with, the primary one first.
#[must_use]
pub fn tls(spec: &AccountSpec) -> Vec<SiteTls> {
    let line = |site: Site<'_>| SiteTls {
        domain: site.domain.clone(),
        https: site.settings.https,
        names: site.names().into_iter().cloned().collect(),
        certificate: spec.meta.certificates.get(site.domain).cloned(),
    };
    sites(spec).into_iter().map(line).collect()
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
            php_version: site.php().cloned(),
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
