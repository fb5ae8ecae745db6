//! The page a new site starts with.

use crate::site::{Answers, Site};
use askama::Template;
use nusantara_types::{DocRoot, DomainName};

#[derive(Template)]
#[template(path = "index.php", escape = "none")]
struct PhpPage<'a> {
    domain: &'a DomainName,
    docroot: &'a DocRoot,
}

#[derive(Template)]
#[template(path = "index.html", escape = "none")]
struct StaticPage<'a> {
    domain: &'a DomainName,
    docroot: &'a DocRoot,
}

/// The page's file name and content; none where the files of the docroot are not what answers.
#[must_use]
pub fn page(site: &Site<'_>) -> Option<(&'static str, String)> {
    let (domain, docroot) = (site.domain, site.docroot);
    match site.answers {
        Answers::Php(_) => Some(("index.php", super::text(&PhpPage { domain, docroot }))),
        Answers::Static => Some(("index.html", super::text(&StaticPage { domain, docroot }))),
        Answers::Proxy(_) | Answers::App(_) | Answers::Redirect(_) => None,
    }
}
