//! What a site can be told, as requests and answers write it: the fields of `nusantara_types::SiteSettings` but the protected
//! folders, which have a route of their own because their passwords go one way only.

use super::SiteRuntime;
use nusantara_types::sites::{self as spec, AppPort, CookieName, Days, ErrorStatus, HeaderName, HeaderValue, IndexFile};
use nusantara_types::sites::{RedirectTarget, Seconds, SocketName, UploadMiB, UrlPath};
use nusantara_types::{AppName, PhpVersion, Runtime};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the runtime `proxy` leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ProxyTarget {
    /// A port of 127.0.0.1 that this account holds, 20000 to 29999.
    #[schema(value_type = u16)]
    Port(AppPort),
    /// A unix socket in the account's runtime folder, by its file name.
    #[schema(value_type = String)]
    Socket(SocketName),
}

/// Whether a site also has the name `www.` before its own, and which of the two it settles on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
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

/// Strict-Transport-Security: browsers use HTTPS only, for so long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hsts {
    /// For how long, 1 to 730 days.
    #[schema(value_type = u16, minimum = 1, maximum = 730)]
    pub max_age_days: Days,
    /// Also below the name.
    #[serde(default)]
    pub include_subdomains: bool,
}

/// A header that a site adds to every answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name: letters, digits and hyphens, none that the web server sets itself.
    #[schema(value_type = String, example = "X-Frame-Options")]
    pub name: HeaderName,
    /// What it says: up to 1024 printable characters without `"`, `\` and `$`.
    #[schema(value_type = String, example = "SAMEORIGIN")]
    pub value: HeaderValue,
}

/// A page of the site that answers for an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorPage {
    /// Which error, 400 to 599.
    #[schema(value_type = u16, minimum = 400, maximum = 599)]
    pub status: ErrorStatus,
    /// The page's path on the site.
    #[schema(value_type = String, example = "/404.html")]
    pub path: UrlPath,
}

/// Answers that the web server keeps and gives to the next visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageCache {
    /// For how long.
    #[schema(value_type = u32, minimum = 1, maximum = 31_536_000)]
    pub seconds: Seconds,
    /// Visitors who have one of these cookies get a page of their own. A site's session cookies belong here; at most 16.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub bypass_cookies: Vec<CookieName>,
}

/// How a redirect is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedirectStatus {
    /// 301: for good; browsers remember it.
    #[default]
    MovedPermanently,
    /// 302: for now.
    Found,
    /// 307: for now, with the same method.
    Temporary,
    /// 308: for good, with the same method.
    Permanent,
}

/// Where the runtime `redirect` leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// An `http://` or `https://` address without user, query or fragment.
    #[schema(value_type = String, example = "https://example.com/shop")]
    pub to: RedirectTarget,
    /// How it is meant.
    #[serde(default)]
    pub status: RedirectStatus,
    /// Whether path and query of the request are put behind the address.
    #[serde(default)]
    pub keep_path: bool,
}

/// What a site can be told besides its name and its folder. Everything absent is at its default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SiteSettings {
    /// How it answers.
    pub runtime: SiteRuntime,
    /// PHP branch; the account's when null.
    #[schema(value_type = Option<String>, example = "8.2")]
    pub php_version: Option<PhpVersion>,
    /// PHP settings of this site, over those of the account.
    #[schema(value_type = crate::php::PhpIni)]
    pub php_ini: spec::PhpIni,
    /// Where the runtime `proxy` leads; only and always with it.
    pub proxy: Option<ProxyTarget>,
    /// Name of the app that the runtime `node` leads to; only and always with it.
    #[schema(value_type = Option<String>)]
    pub app: Option<AppName>,
    /// Where the runtime `redirect` leads; only and always with it.
    pub redirect: Option<Redirect>,
    /// The name with `www.` before it.
    pub www: Www,
    /// Whether it answers HTTPS on port 443 too.
    pub https: bool,
    /// Whether HTTP redirects to HTTPS; only with `https`.
    pub force_https: bool,
    /// Strict-Transport-Security; only with `force_https`.
    pub hsts: Option<Hsts>,
    /// Files that answer for a folder, best first; the runtime's own when empty. At most 8.
    #[schema(value_type = Vec<String>)]
    pub index: Vec<IndexFile>,
    /// Added to every answer. At most 32, each name once.
    pub headers: Vec<Header>,
    /// Pages for errors. At most 16, each status once.
    pub error_pages: Vec<ErrorPage>,
    /// The largest request body in MiB, 1 to 16384; 64 when null.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 16_384)]
    pub max_upload_mb: Option<UploadMiB>,
    /// Keeps answers for the next visitor; for the runtimes php, proxy and node.
    pub page_cache: Option<PageCache>,
}

/// Gives two enumerations with the same members their conversions, with an exhaustive match each way.
macro_rules! same_members {
    ($ours:ident, $theirs:ty: $($member:ident)*) => {
        impl From<$theirs> for $ours {
            fn from(value: $theirs) -> Self {
                match value { $(<$theirs>::$member => Self::$member,)* }
            }
        }
        impl From<$ours> for $theirs {
            fn from(value: $ours) -> Self {
                match value { $($ours::$member => Self::$member,)* }
            }
        }
    };
}
pub(crate) use same_members;

/// Gives two records with the same fields their conversions, both of which name every field.
macro_rules! same_fields {
    ($ours:ident, $theirs:ty: $($field:ident)*) => {
        impl From<$theirs> for $ours {
            fn from(value: $theirs) -> Self {
                Self { $($field: value.$field.into(),)* }
            }
        }
        impl From<$ours> for $theirs {
            fn from(value: $ours) -> Self {
                Self { $($field: value.$field.into(),)* }
            }
        }
    };
}

same_members!(SiteRuntime, Runtime: Php Static Proxy Node Redirect);
same_members!(Www, spec::Www: None Both ToApex ToWww);
same_members!(RedirectStatus, spec::RedirectStatus: MovedPermanently Found Temporary Permanent);
same_fields!(Hsts, spec::Hsts: max_age_days include_subdomains);
same_fields!(Header, spec::Header: name value);
same_fields!(ErrorPage, spec::ErrorPage: status path);
same_fields!(PageCache, spec::PageCache: seconds bypass_cookies);
same_fields!(Redirect, spec::Redirect: to status keep_path);

impl From<spec::ProxyTarget> for ProxyTarget {
    fn from(target: spec::ProxyTarget) -> Self {
        match target {
            spec::ProxyTarget::Port(port) => Self::Port(port),
            spec::ProxyTarget::Socket(name) => Self::Socket(name),
        }
    }
}

impl From<ProxyTarget> for spec::ProxyTarget {
    fn from(target: ProxyTarget) -> Self {
        match target {
            ProxyTarget::Port(port) => Self::Port(port),
            ProxyTarget::Socket(name) => Self::Socket(name),
        }
    }
}

fn each<T, U: From<T>>(values: Vec<T>) -> Vec<U> {
    values.into_iter().map(U::from).collect()
}

impl From<spec::SiteSettings> for SiteSettings {
    /// Leaves the protected folders out.
    fn from(settings: spec::SiteSettings) -> Self {
        let runtime = settings.runtime();
        let spec::SiteSettings {
            runtime: _,
            php_version,
            php_ini,
            proxy,
            app,
            redirect,
            www,
            https,
            force_https,
            hsts,
            index,
            headers,
            error_pages,
            protected: _,
            max_upload_mb,
            page_cache,
        } = settings;
        Self {
            runtime: runtime.into(),
            php_version,
            php_ini,
            proxy: proxy.map(Into::into),
            app,
            redirect: redirect.map(Into::into),
            www: www.into(),
            https,
            force_https,
            hsts: hsts.map(Into::into),
            index,
            headers: each(headers),
            error_pages: each(error_pages),
            max_upload_mb,
            page_cache: page_cache.map(Into::into),
        }
    }
}

impl From<SiteSettings> for spec::SiteSettings {
    /// Without protected folders. PHP, the default, is left unsaid, as it is in a fresh spec.
    fn from(settings: SiteSettings) -> Self {
        let SiteSettings {
            runtime,
            php_version,
            php_ini,
            proxy,
            app,
            redirect,
            www,
            https,
            force_https,
            hsts,
            index,
            headers,
            error_pages,
            max_upload_mb,
            page_cache,
        } = settings;
        Self {
            runtime: (runtime != SiteRuntime::Php).then(|| runtime.into()),
            php_version,
            php_ini,
            proxy: proxy.map(Into::into),
            app,
            redirect: redirect.map(Into::into),
            www: www.into(),
            https,
            force_https,
            hsts: hsts.map(Into::into),
            index,
            headers: each(headers),
            error_pages: each(error_pages),
            protected: Vec::new(),
            max_upload_mb,
            page_cache: page_cache.map(Into::into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_survives_both_ways() {
        let text = r#"{"runtime":"proxy","php_version":"8.2","php_ini":{"memory_limit":256,"date.timezone":"Asia/Jakarta"},
            "proxy":{"socket":"app.sock"},"app":"shop","redirect":{"to":"https://a.test/","status":"found","keep_path":true},
            "www":"to_www","https":true,"force_https":true,"hsts":{"max_age_days":365,"include_subdomains":true},
            "index":["a.html"],"headers":[{"name":"X-A","value":"1"}],"error_pages":[{"status":404,"path":"/404.html"}],
            "max_upload_mb":512,"page_cache":{"seconds":60,"bypass_cookies":["session"]}}"#;
        let given: SiteSettings = serde_json::from_str(text).unwrap();
        let kept = spec::SiteSettings::from(given.clone());
        assert_eq!(kept, serde_json::from_str(text).unwrap(), "the names are those of the spec");
        assert_eq!(SiteSettings::from(kept), given);
    }

    #[test]
    fn nothing_said_is_the_default_and_php() {
        let nothing: SiteSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(spec::SiteSettings::from(nothing.clone()), spec::SiteSettings::default());
        let said: SiteSettings = serde_json::from_str(r#"{"runtime":"php","proxy":null}"#).unwrap();
        assert_eq!(said, nothing);
        assert!(serde_json::from_str::<SiteSettings>(r#"{"protected":[]}"#).is_err(), "it has a route of its own");
    }
}
