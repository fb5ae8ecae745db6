//! What can be said about a site on the command line: only what is named is changed.

use crate::context::parse;
use crate::failure::Failure;
use crate::php;
use clap::{Args, ValueEnum};
use nusantara_client::api::sites::{
    ErrorPage, Header, Hsts, PageCache, ProxyTarget, Redirect, RedirectStatus, SiteRuntime, SiteSettings, Www,
};
use nusantara_client::types::Invalid;

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

/// How a site answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RuntimeName {
    Php,
    Static,
    Proxy,
    Node,
    Redirect,
}

/// What becomes of the name with `www.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WwwName {
    None,
    Both,
    ToApex,
    ToWww,
}

/// How a redirect is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StatusName {
    #[value(name = "301")]
    MovedPermanently,
    #[value(name = "302")]
    Found,
    #[value(name = "307")]
    Temporary,
    #[value(name = "308")]
    Permanent,
}

/// The options of a site.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the site is")]
pub(crate) struct Options {
    /// How it answers; told by --proxy-…, --app and --redirect-to by themselves
    #[arg(long, value_enum)]
    runtime: Option<RuntimeName>,
    /// PHP branch such as 8.2
    #[arg(long, value_name = "VERSION")]
    php: Option<String>,
    /// Set a PHP setting of this site, such as memory_limit=256
    #[arg(long, value_name = "NAME=VALUE")]
    php_set: Vec<String>,
    /// Put a PHP setting of this site back to the account's
    #[arg(long, value_name = "NAME")]
    php_unset: Vec<String>,
    /// Pass requests on to this port of 127.0.0.1, 20000 to 29999
    #[arg(long, value_name = "PORT", conflicts_with = "proxy_socket")]
    proxy_port: Option<u64>,
    /// Pass requests on to this unix socket in the account's runtime folder
    #[arg(long, value_name = "NAME")]
    proxy_socket: Option<String>,
    /// Pass requests on to this app of the account
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Send visitors to this address
    #[arg(long, value_name = "ADDRESS")]
    redirect_to: Option<String>,
    /// How the redirect is meant
    #[arg(long, value_enum, value_name = "STATUS")]
    redirect_status: Option<StatusName>,
    /// Put path and query of the request behind the address
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    keep_path: Option<Switch>,
    /// What becomes of the name with www. before it
    #[arg(long, value_enum)]
    www: Option<WwwName>,
    /// Answer HTTPS too
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    https: Option<Switch>,
    /// Redirect HTTP to HTTPS; switches --https on
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    force_https: Option<Switch>,
    /// Tell browsers to use HTTPS only for so many days; 0 takes it back
    #[arg(long, value_name = "DAYS")]
    hsts: Option<u64>,
    /// Files that answer for a folder, best first, with commas between; empty for the usual ones
    #[arg(long, value_name = "FILES")]
    index: Option<String>,
    /// Add a header to every answer, such as "X-Frame-Options: DENY"
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Take such a header away
    #[arg(long, value_name = "NAME")]
    no_header: Vec<String>,
    /// A page for an error, such as 404=/404.html
    #[arg(long, value_name = "STATUS=PATH")]
    error_page: Vec<String>,
    /// Take such a page away
    #[arg(long, value_name = "STATUS")]
    no_error_page: Vec<u16>,
    /// Largest upload in MiB; 0 for the usual 64
    #[arg(long, value_name = "MIB")]
    max_upload: Option<u64>,
    /// Keep answers for the next visitor for so many seconds; 0 switches it off
    #[arg(long, value_name = "SECONDS")]
    page_cache: Option<u64>,
    /// Visitors with one of these cookies get a page of their own; with commas between
    #[arg(long, value_name = "COOKIES")]
    bypass_cookies: Option<String>,
}

impl Options {
    /// Changes what is named, and leaves the rest as it is.
    pub(crate) fn apply(&self, settings: &mut SiteSettings) -> Result<(), Failure> {
        self.apply_runtime(settings)?;
        if let Some(version) = &self.php {
            settings.php_version = Some(parse("php_version", version)?);
        }
        settings.php_ini = php::changed(std::mem::take(&mut settings.php_ini), &self.php_set, &self.php_unset)?;
        self.apply_names(settings)?;
        self.apply_answers(settings)
    }

    fn apply_runtime(&self, settings: &mut SiteSettings) -> Result<(), Failure> {
        let (proxied, app, redirect) =
            (self.proxy_port.is_some() || self.proxy_socket.is_some(), self.app.is_some(), self.redirect_to.is_some());
        let told = match self.runtime {
            Some(RuntimeName::Php) => Some(SiteRuntime::Php),
            Some(RuntimeName::Static) => Some(SiteRuntime::Static),
            Some(RuntimeName::Proxy) => Some(SiteRuntime::Proxy),
            Some(RuntimeName::Node) => Some(SiteRuntime::Node),
            Some(RuntimeName::Redirect) => Some(SiteRuntime::Redirect),
            None if proxied => Some(SiteRuntime::Proxy),
            None if app => Some(SiteRuntime::Node),
            None if redirect => Some(SiteRuntime::Redirect),
            None => None,
        };
        if let Some(runtime) = told.filter(|runtime| *runtime != settings.runtime) {
            // What only the runtime before had a use for goes with it.
            *settings = SiteSettings { runtime, proxy: None, app: None, redirect: None, ..settings.clone() };
            if matches!(runtime, SiteRuntime::Static | SiteRuntime::Redirect) {
                settings.page_cache = None;
            }
        }
        if let Some(port) = self.proxy_port {
            settings.proxy = Some(ProxyTarget::Port(number("proxy_port", port)?));
        }
        if let Some(name) = &self.proxy_socket {
            settings.proxy = Some(ProxyTarget::Socket(parse("proxy_socket", name)?));
        }
        if let Some(name) = &self.app {
            settings.app = Some(parse("app", name)?);
        }
        self.apply_redirect(settings)
    }

    fn apply_redirect(&self, settings: &mut SiteSettings) -> Result<(), Failure> {
        if let Some(to) = &self.redirect_to {
            let before = settings.redirect.take();
            let (status, keep_path) = before.map(|r| (r.status, r.keep_path)).unwrap_or_default();
            settings.redirect = Some(Redirect { to: parse("redirect_to", to)?, status, keep_path });
        }
        let Some(redirect) = &mut settings.redirect else {
            let stray = self.redirect_status.is_some() || self.keep_path.is_some();
            return if stray { Err(Failure::Usage("Say where to with --redirect-to.".to_owned())) } else { Ok(()) };
        };
        if let Some(status) = self.redirect_status {
            redirect.status = match status {
                StatusName::MovedPermanently => RedirectStatus::MovedPermanently,
                StatusName::Found => RedirectStatus::Found,
                StatusName::Temporary => RedirectStatus::Temporary,
                StatusName::Permanent => RedirectStatus::Permanent,
            };
        }
        if let Some(keep) = self.keep_path {
            redirect.keep_path = keep == Switch::On;
        }
        Ok(())
    }

    fn apply_names(&self, settings: &mut SiteSettings) -> Result<(), Failure> {
        if let Some(www) = self.www {
            settings.www = match www {
                WwwName::None => Www::None,
                WwwName::Both => Www::Both,
                WwwName::ToApex => Www::ToApex,
                WwwName::ToWww => Www::ToWww,
            };
        }
        if let Some(https) = self.https {
            settings.https = https == Switch::On;
        }
        if let Some(force) = self.force_https {
            settings.force_https = force == Switch::On;
            settings.https |= settings.force_https && self.https.is_none();
        }
        match self.hsts {
            None => {}
            Some(0) => settings.hsts = None,
            Some(days) => {
                let include_subdomains = settings.hsts.as_ref().is_some_and(|hsts| hsts.include_subdomains);
                settings.hsts = Some(Hsts { max_age_days: number("hsts", days)?, include_subdomains });
            }
        }
        Ok(())
    }

    fn apply_answers(&self, settings: &mut SiteSettings) -> Result<(), Failure> {
        if let Some(files) = &self.index {
            settings.index = listed(files).map(|file| parse("index", file)).collect::<Result<_, _>>()?;
        }
        settings.headers.retain(|header| !self.no_header.iter().any(|name| name.eq_ignore_ascii_case(header.name.as_str())));
        for text in &self.header {
            let (name, value) = text.split_once(':').ok_or_else(|| pair("header", text, "NAME: VALUE"))?;
            let header = Header { name: parse("header", name.trim())?, value: parse("header", value.trim())? };
            settings.headers.retain(|known| !known.name.as_str().eq_ignore_ascii_case(header.name.as_str()));
            settings.headers.push(header);
        }
        settings.error_pages.retain(|page| !self.no_error_page.contains(&page.status.get()));
        for text in &self.error_page {
            let (status, path) = text.split_once('=').ok_or_else(|| pair("error_page", text, "STATUS=PATH"))?;
            let status = status.parse::<u64>().map_err(|_| pair("error_page", text, "STATUS=PATH"))?;
            let page = ErrorPage { status: number("error_page", status)?, path: parse("error_page", path)? };
            settings.error_pages.retain(|known| known.status != page.status);
            settings.error_pages.push(page);
        }
        match self.max_upload {
            None => {}
            Some(0) => settings.max_upload_mb = None,
            Some(mib) => settings.max_upload_mb = Some(number("max_upload", mib)?),
        }
        self.apply_cache(settings)
    }

    fn apply_cache(&self, settings: &mut SiteSettings) -> Result<(), Failure> {
        match self.page_cache {
            None => {}
            Some(0) => settings.page_cache = None,
            Some(seconds) => {
                let bypass_cookies = settings.page_cache.take().map(|cache| cache.bypass_cookies).unwrap_or_default();
                settings.page_cache = Some(PageCache { seconds: number("page_cache", seconds)?, bypass_cookies });
            }
        }
        if let Some(cookies) = &self.bypass_cookies {
            let cache = settings.page_cache.as_mut().ok_or_else(|| Failure::Usage("Say for how long with --page-cache.".to_owned()))?;
            cache.bypass_cookies = listed(cookies).map(|cookie| parse("bypass_cookies", cookie)).collect::<Result<_, _>>()?;
        }
        Ok(())
    }
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn number<T: TryFrom<u64, Error = Invalid>>(field: &'static str, value: u64) -> Result<T, Failure> {
    T::try_from(value).map_err(|invalid| Failure::Value { field, message: format!("{value} is not allowed: {}.", invalid.allowed) })
}

fn pair(field: &'static str, text: &str, shape: &str) -> Failure {
    Failure::Value { field, message: format!("\"{text}\" is not {shape}.") }
}
