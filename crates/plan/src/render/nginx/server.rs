//! The servers of a site: what its settings come to, in the words of the template.

use super::upstream_name;
use crate::paths;
use crate::render::access;
use crate::serving::Notice;
use crate::site::{Answers, Site};
use nusantara_types::certificates::SiteCertificate;
use nusantara_types::sites::{ProtectedFolder, ProxyTarget, Realm, Redirect, UrlPath};
use nusantara_types::{DomainName, PhpVersion, Username};

/// What a server does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Hands it to the account's PHP of this branch.
    Php(PhpVersion),
    /// Sends files.
    Static,
    /// Passes it on to this address.
    Proxy(String),
    /// Sends this status and address.
    Redirect(String),
    /// Sends a page of the host's, whatever is asked for.
    Notice(Notice),
}

/// The page cache of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cache {
    pub(super) seconds: u32,
    /// The variables of the cookies that it does not serve, each with a blank before it.
    pub(super) cookies: String,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server<'a> {
    /// Listens on port 80.
    pub(super) http: bool,
    /// Listens on port 443.
    pub(super) https: bool,
    /// Listens for probes.
    pub(super) probe: bool,
    /// The certificate it answers HTTPS with, when the site has its own.
    pub(super) certificate: Option<&'a SiteCertificate>,
    pub(super) names: Vec<&'a DomainName>,
    /// The site, unless this is one of the small servers that only redirect to it.
    pub(super) site: Option<&'a Site<'a>>,
    /// Value of Strict-Transport-Security; only on servers that HTTP does not reach (RFC 6797, section 7.2).
    pub(super) hsts: Option<String>,
    /// Stem of the variables that say who may enter.
    pub(super) protected: Option<String>,
    pub(super) answer: Answer,
    pub(super) index: Vec<&'a str>,
    pub(super) cache: Option<Cache>,
    /// Pages for errors of an app that are files of the docroot.
    pub(super) own_pages: Vec<&'a UrlPath>,
}

impl Server<'_> {
    /// Whether the site has pages of its own for errors.
    pub(super) fn has_error_pages(&self) -> bool {
        self.site.is_some_and(|site| !site.settings.error_pages.is_empty())
    }
}

/// The parts of a site that ask for a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProtectedParts<'a> {
    pub(super) variable: String,
    /// The deepest first: nginx takes the first pattern that fits.
    pub(super) list: Vec<ProtectedPart<'a>>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProtectedPart<'a> {
    pub(super) pattern: String,
    pub(super) realm: &'a Realm,
    pub(super) users: String,
}

impl<'a> ProtectedParts<'a> {
    pub(super) fn of(username: &Username, number: usize, site: &'a Site<'_>) -> Option<Self> {
        let mut folders: Vec<&ProtectedFolder> = site.settings.protected.iter().collect();
        folders.sort_by_key(|folder| std::cmp::Reverse(stem(&folder.path).len()));
        let part = |folder: &'a ProtectedFolder| ProtectedPart {
            pattern: pattern(&folder.path),
            realm: &folder.realm,
            users: format!("{}/{}", paths::access_folder(username), access::file(folder).0),
        };
        let list: Vec<_> = folders.into_iter().map(part).collect();
        (!list.is_empty()).then(|| Self { variable: variable(username, number), list })
    }
}

fn variable(username: &Username, number: usize) -> String {
    format!("nusantara_{username}_{number}")
}

fn stem(path: &UrlPath) -> &str {
    path.as_str().trim_end_matches('/')
}

/// The folder and everything below it. Of the characters of a URL path only the dot means something in a pattern.
fn pattern(path: &UrlPath) -> String {
    format!("^{}(?:/|$)", stem(path).replace('.', "\\."))
}

/// The servers of a site, the one that serves its pages first.
pub(super) fn of<'a>(username: &Username, number: usize, site: &'a Site<'a>) -> Vec<Server<'a>> {
    let settings = site.settings;
    let hsts = settings.hsts.as_ref().map(|hsts| {
        let below = if hsts.include_subdomains { "; includeSubDomains" } else { "" };
        format!("max-age={}{below}", u32::from(hsts.max_age_days.get()) * 86_400)
    });
    let main = Server {
        http: !settings.force_https,
        https: settings.https,
        probe: true,
        certificate: site.certificate,
        names: site.served(),
        site: Some(site),
        hsts,
        protected: (!settings.protected.is_empty()).then(|| variable(username, number)),
        answer: answer(username, site),
        index: index(site),
        cache: cache(site),
        own_pages: own_pages(site),
    };
    let small = |http, https, names: Vec<&'a DomainName>, to: String| Server {
        http,
        https,
        probe: false,
        certificate: site.certificate,
        names,
        site: None,
        hsts: main.hsts.clone().filter(|_| !http),
        protected: None,
        answer: Answer::Redirect(to),
        index: Vec::new(),
        cache: None,
        own_pages: Vec::new(),
    };
    let moved = |scheme: &str| format!("301 {scheme}://{}$request_uri", site.settled());
    let mut out = Vec::new();
    if settings.force_https {
        let all = site.served().into_iter().chain(site.redirecting()).collect();
        out.push(small(true, false, all, "301 https://$host$request_uri".to_owned()));
        out.extend(site.redirecting().map(|name| small(false, true, vec![name], moved("https"))));
    } else {
        out.extend(site.redirecting().map(|name| small(true, settings.https, vec![name], moved("$scheme"))));
    }
    out.insert(0, main);
    out
}

/// The one server of a site that does not serve: every name of it, over HTTP too, gets the notice. What a site says about its
/// answers (headers, error pages, HSTS) is about its own.
pub(super) fn noticed<'a>(site: &'a Site<'a>, notice: Notice) -> Server<'a> {
    Server {
        http: true,
        https: site.settings.https,
        probe: true,
        certificate: site.certificate,
        names: site.served().into_iter().chain(site.redirecting()).collect(),
        site: Some(site),
        hsts: None,
        protected: None,
        answer: Answer::Notice(notice),
        index: Vec::new(),
        cache: None,
        own_pages: Vec::new(),
    }
}

impl Server<'_> {
    /// Whether it sends the site's own answers.
    pub(super) const fn is_own(&self) -> bool {
        !matches!(self.answer, Answer::Notice(_))
    }
}

fn answer(username: &Username, site: &Site<'_>) -> Answer {
    match site.answers {
        Answers::Php(version) => Answer::Php(version.clone()),
        Answers::Static => Answer::Static,
        Answers::Proxy(ProxyTarget::Port(port)) => Answer::Proxy(format!("http://127.0.0.1:{port}")),
        Answers::Proxy(ProxyTarget::Socket(socket)) => {
            Answer::Proxy(format!("http://unix:{}", paths::app_socket(username, socket.as_str())))
        }
        Answers::App(app) => Answer::Proxy(format!("http://{}", upstream_name(username, app))),
        Answers::Redirect(redirect) => Answer::Redirect(redirect_to(redirect)),
    }
}

fn redirect_to(redirect: &Redirect) -> String {
    let code = redirect.status.code();
    if redirect.keep_path {
        format!("{code} {}$request_uri", redirect.to.as_str().trim_end_matches('/'))
    } else {
        format!("{code} {}", redirect.to)
    }
}

fn index<'a>(site: &'a Site<'_>) -> Vec<&'a str> {
    let own: Vec<&str> = site.settings.index.iter().map(AsRef::as_ref).collect();
    match site.answers {
        _ if !own.is_empty() => own,
        Answers::Php(_) => vec!["index.php", "index.html"],
        _ => vec!["index.html"],
    }
}

fn cache(site: &Site<'_>) -> Option<Cache> {
    let cache = site.settings.page_cache.as_ref()?;
    let cookies = cache.bypass_cookies.iter().map(|cookie| format!(" $cookie_{cookie}")).collect();
    Some(Cache { seconds: cache.seconds.get(), cookies })
}

/// An app that does not answer cannot send its own error page: they come from the docroot.
fn own_pages<'a>(site: &'a Site<'_>) -> Vec<&'a UrlPath> {
    if !matches!(site.answers, Answers::Proxy(_) | Answers::App(_)) {
        return Vec::new();
    }
    let pages: std::collections::BTreeSet<&UrlPath> = site.settings.error_pages.iter().map(|page| &page.path).collect();
    pages.into_iter().collect()
}
