//! The page a new site starts with.

use crate::site::Site;
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

/// The page's file name and content.
#[must_use]
pub fn page(site: &Site<'_>) -> (&'static str, String) {
    let (domain, docroot) = (site.domain, site.docroot);
    match site.php {
        Some(_) => ("index.php", super::text(&PhpPage { domain, docroot })),
        None => ("index.html", super::text(&StaticPage { domain, docroot })),
    }
}
