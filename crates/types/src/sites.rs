//! What a site can be told: its runtime and its options, each a typed value. There are no raw snippets.

mod ini;
mod redirect;
mod values;

pub use ini::{IniValue, PhpIni, PhpSetting};
pub use redirect::{Redirect, RedirectStatus, RedirectTarget};
pub use values::{
    AppPort, CookieName, Days, ErrorStatus, HeaderName, HeaderValue, IndexFile, Realm, Seconds, SocketName, TimeZone, UploadMiB, UrlPath,
    VisitorHash, VisitorName,
};

use crate::{AppName, DocRoot, DomainName, PhpVersion};
use serde::{Deserialize, Serialize};

/// How a site answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    /// PHP-FPM as the account.
    #[default]
    Php,
    /// Files only.
    Static,
    /// Something the account runs itself, on a port or a socket of its own.
    Proxy,
    /// An app that the host supervises.
    Node,
    /// Another address.
    Redirect,
}

/// Where the runtime `proxy` leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ProxyTarget {
    /// A port of 127.0.0.1 that this account holds.
    Port(AppPort),
    /// A unix socket in the account's runtime folder.
    Socket(SocketName),
}

/// Whether a site also has the name `www.` before its own, and which of the two it settles on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Www {
    /// Only its own name.
    #[default]
    None,
    /// Both names answer alike.
    Both,
    /// `www.` redirects to the name without it.
    ToApex,
    /// The name without it redirects to `www.`.
    ToWww,
}

/// Strict-Transport-Security (RFC 6797): browsers use HTTPS only, for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hsts {
    /// For how long.
    pub max_age_days: Days,
    /// Also below the name.
    #[serde(default)]
    pub include_subdomains: bool,
}

/// A header that a site adds to every answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name.
    pub name: HeaderName,
    /// What it says.
    pub value: HeaderValue,
}

/// A page of the site that answers for an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorPage {
    /// Which error.
    pub status: ErrorStatus,
    /// The page.
    pub path: UrlPath,
}

/// Somebody who may enter a protected folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    /// Name.
    pub name: VisitorName,
    /// Hash of the password.
    pub hash: VisitorHash,
}

/// A part of a site that asks for a name and a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtectedFolder {
    /// It and everything below it.
    pub path: UrlPath,
    /// What the browser shows.
    pub realm: Realm,
    /// Who may enter; nobody when empty.
    pub visitors: Vec<Visitor>,
}

/// Answers of PHP or of an app that the web server keeps and gives to the next visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageCache {
    /// For how long.
    pub seconds: Seconds,
    /// Visitors who have one of these cookies get a page of their own. A site's session cookies belong here.
    #[serde(default)]
    pub bypass_cookies: Vec<CookieName>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Defines [`SiteSettings`] and, from the same list, the two kinds of entry of `domains.json`, whose text carries the settings
/// among their own fields.
macro_rules! settings {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)*) => {
        /// What a site can be told besides its name and its folder. Everything absent is at its default.
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct SiteSettings {
            $($(#[$doc])* #[serde(default, skip_serializing_if = "is_default")] pub $field: $type,)*
        }

        settings!(@entry ServedDomain ServedDomainText "ServedDomainText" "A domain with its own docroot." {
            /// The name.
            domain: DomainName,
        } $($field: $type,)*);
        settings!(@entry Subdomain SubdomainText "SubdomainText" "A subdomain with its own docroot." {
            /// The full name of the subdomain.
            subdomain: DomainName,
            /// The domain of the same account it lies below.
            parent: DomainName,
        } $($field: $type,)*);
    };
    (@entry $entry:ident $text:ident $text_name:literal $about:literal { $($(#[$doc:meta])* $own:ident: $own_type:ty,)* } $($field:ident: $type:ty,)*) => {
        #[doc = $about]
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = $text_name, into = $text_name)]
        pub struct $entry {
            $($(#[$doc])* pub $own: $own_type,)*
            /// Its folder below the home.
            pub docroot: DocRoot,
            /// Its runtime and options.
            pub settings: SiteSettings,
        }

        #[derive(Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $text {
            $($own: $own_type,)*
            docroot: DocRoot,
            $(#[serde(default, skip_serializing_if = "is_default")] $field: $type,)*
        }

        impl From<$text> for $entry {
            fn from(text: $text) -> Self {
                Self { $($own: text.$own,)* docroot: text.docroot, settings: SiteSettings { $($field: text.$field,)* } }
            }
        }
        impl From<$entry> for $text {
            fn from(entry: $entry) -> Self {
                Self { $($own: entry.$own,)* docroot: entry.docroot, $($field: entry.settings.$field,)* }
            }
        }
    };
}

settings! {
    /// How it answers; PHP when absent.
    runtime: Option<Runtime>,
    /// PHP branch; the account's when absent.
    php_version: Option<PhpVersion>,
    /// PHP settings of this site, over those of the account.
    php_ini: PhpIni,
    /// Where the runtime `proxy` leads; only and always with it.
    proxy: Option<ProxyTarget>,
    /// Which app the runtime `node` leads to; only and always with it.
    app: Option<AppName>,
    /// Where the runtime `redirect` leads; only and always with it.
    redirect: Option<Redirect>,
    /// The name with `www.` before it.
    www: Www,
    /// Whether it answers HTTPS on port 443 too: with a certificate of its own, or until then with the host's self-signed one.
    https: bool,
    /// Whether HTTP redirects to HTTPS; only with `https`.
    force_https: bool,
    /// Strict-Transport-Security; only with `force_https`.
    hsts: Option<Hsts>,
    /// Files that answer for a folder, best first; the runtime's own when empty. At most 8.
    index: Vec<IndexFile>,
    /// Added to every answer. At most 32, each name once.
    headers: Vec<Header>,
    /// Pages for errors. At most 16, each status once.
    error_pages: Vec<ErrorPage>,
    /// Parts that ask for a name and a password. At most 16, each path once, each with at most 64 visitors.
    protected: Vec<ProtectedFolder>,
    /// The largest request body; 64 MiB when absent.
    max_upload_mb: Option<UploadMiB>,
    /// Keeps answers of PHP, proxy and app for the next visitor.
    page_cache: Option<PageCache>,
}

impl SiteSettings {
    /// The runtime, resolved.
    #[must_use]
    pub fn runtime(&self) -> Runtime {
        self.runtime.unwrap_or_default()
    }

    /// The first field that does not go with the others, with what is allowed.
    #[must_use]
    pub fn violation(&self) -> Option<(&'static str, &'static str)> {
        let runtime = self.runtime();
        if self.proxy.is_some() != (runtime == Runtime::Proxy) {
            return Some(("proxy", "give a port or a socket with the runtime proxy, and only with it"));
        }
        if self.app.is_some() != (runtime == Runtime::Node) {
            return Some(("app", "name one of the account's apps with the runtime node, and only with it"));
        }
        if self.redirect.is_some() != (runtime == Runtime::Redirect) {
            return Some(("redirect", "say where to with the runtime redirect, and only with it"));
        }
        if self.force_https && !self.https {
            return Some(("force_https", "switch https on first"));
        }
        if self.hsts.is_some() && !self.force_https {
            return Some(("hsts", "switch force_https on first"));
        }
        if self.page_cache.is_some() && matches!(runtime, Runtime::Static | Runtime::Redirect) {
            return Some(("page_cache", "is for the runtimes php, proxy and node"));
        }
        if self.index.len() > 8 || repeats(self.index.iter()) {
            return Some(("index", "name at most 8 files, each once"));
        }
        if self.headers.len() > 32 || repeats(self.headers.iter().map(|h| h.name.as_str().to_ascii_lowercase())) {
            return Some(("headers", "give at most 32 headers, each once"));
        }
        if self.error_pages.len() > 16 || repeats(self.error_pages.iter().map(|p| p.status)) {
            return Some(("error_pages", "give at most 16 pages, each status once"));
        }
        if self.page_cache.as_ref().is_some_and(|c| c.bypass_cookies.len() > 16 || repeats(c.bypass_cookies.iter())) {
            return Some(("page_cache.bypass_cookies", "name at most 16 cookies, each once"));
        }
        let crowded = |f: &ProtectedFolder| f.visitors.len() > 64 || repeats(f.visitors.iter().map(|v| &v.name));
        if self.protected.len() > 16 || repeats(self.protected.iter().map(|f| f.path.as_str().trim_end_matches('/'))) {
            return Some(("protected", "protect at most 16 folders, each once"));
        }
        if self.protected.iter().any(crowded) {
            return Some(("protected.visitors", "let at most 64 visitors into a folder, each name once"));
        }
        None
    }
}

fn repeats<T: Ord>(mut values: impl Iterator<Item = T>) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    !values.all(|value| seen.insert(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: serde_json::Value) -> SiteSettings {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn an_entry_carries_its_settings_among_its_own_fields() {
        let text =
            r#"{"subdomain":"a.joko.test","parent":"joko.test","docroot":"a","runtime":"proxy","proxy":{"port":20001},"https":true}"#;
        let entry: Subdomain = serde_json::from_str(text).unwrap();
        assert_eq!(entry.settings.runtime(), Runtime::Proxy);
        assert_eq!(serde_json::to_string(&entry).unwrap(), text);
        let plain = ServedDomain { domain: "joko.test".parse().unwrap(), docroot: "x".parse().unwrap(), settings: SiteSettings::default() };
        assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"domain":"joko.test","docroot":"x"}"#);
        let unknown =
            serde_json::from_str::<ServedDomain>("{\"domain\":\"joko.test\",\n\"docroot\":\"x\",\n\"snippet\":\"\"}").unwrap_err();
        assert_eq!(unknown.line(), 3, "{unknown}");
        assert!(serde_json::from_str::<ServedDomain>(r#"{"domain":"joko.test","docroot":"x","parent":"y.test"}"#).is_err());
    }

    #[test]
    fn fields_that_do_not_go_together_are_named() {
        for (field, json) in [
            ("proxy", serde_json::json!({ "runtime": "proxy" })),
            ("proxy", serde_json::json!({ "proxy": { "socket": "x.sock" } })),
            ("app", serde_json::json!({ "runtime": "node" })),
            ("redirect", serde_json::json!({ "redirect": { "to": "https://a.test/", "status": "moved_permanently" } })),
            ("force_https", serde_json::json!({ "force_https": true })),
            ("hsts", serde_json::json!({ "https": true, "hsts": { "max_age_days": 1 } })),
            ("page_cache", serde_json::json!({ "runtime": "static", "page_cache": { "seconds": 1 } })),
            ("index", serde_json::json!({ "index": ["a", "a"] })),
            ("headers", serde_json::json!({ "headers": [{ "name": "X-A", "value": "1" }, { "name": "x-a", "value": "2" }] })),
            ("error_pages", serde_json::json!({ "error_pages": [{ "status": 404, "path": "/a" }, { "status": 404, "path": "/b" }] })),
            (
                "protected",
                serde_json::json!({ "protected": [{ "path": "/a", "realm": "A", "visitors": [] }, { "path": "/a/", "realm": "B", "visitors": [] }] }),
            ),
        ] {
            assert_eq!(settings(json.clone()).violation().map(|(field, _)| field), Some(field), "{json}");
        }
        let all = serde_json::json!({ "runtime": "redirect", "redirect": { "to": "https://a.test/", "status": "found" }, "https": true,
            "force_https": true, "hsts": { "max_age_days": 365 }, "www": "to_apex" });
        assert_eq!(settings(all).violation(), None);
    }
}
