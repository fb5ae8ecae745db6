//! Checks that several routes make before they accept work. The host daemon makes them again: these are for a quick and clear
//! answer, not for safety.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::{ApiError, ApiResult};
use nusantara_api::ProblemCode;
use nusantara_api::sites;
use nusantara_store::Tx;
use nusantara_types::{DomainName, Limits, PackageName, PhpVersion, SiteSettings, Username};

/// Jobs that one account may have waiting or running (SECURITY R40).
pub(crate) const JOBS_PER_ACCOUNT: u64 = 4;

/// The package exists on the host.
pub(crate) async fn package(app: &App, name: &PackageName) -> ApiResult<()> {
    let packages = app.host.packages().await?;
    if packages.iter().any(|package| package.name == *name) {
        return Ok(());
    }
    let known: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    Err(ApiError::invalid("package", format!("there is no such package; this host has {}", known.join(", "))))
}

/// The package that a route names exists on the host.
pub(crate) async fn package_named(app: &App, name: &PackageName) -> ApiResult<()> {
    let known = app.host.packages().await?.iter().any(|package| package.name == *name);
    if known { Ok(()) } else { Err(ApiError::not_found()) }
}

/// The limits are within their ranges.
pub(crate) fn limits(limits: &Limits) -> ApiResult<()> {
    match limits.violation() {
        None => Ok(()),
        Some((field, allowed)) => Err(ApiError::invalid(format!("limits.{field}"), allowed)),
    }
}

/// The PHP branch in `field` is installed on the host.
pub(crate) async fn php_version(app: &App, field: &str, version: Option<&PhpVersion>) -> ApiResult<()> {
    let Some(version) = version else { return Ok(()) };
    let host = app.host.description().await?;
    if host.php.contains(version) {
        return Ok(());
    }
    let known: Vec<&str> = host.php.iter().map(PhpVersion::as_str).collect();
    Err(ApiError::invalid(field, format!("this branch is not installed; this host has {}", known.join(", "))))
}

/// The settings go together, and their PHP branch is installed.
pub(crate) async fn settings(app: &App, settings: sites::SiteSettings) -> ApiResult<SiteSettings> {
    let settings = SiteSettings::from(settings);
    if let Some((field, allowed)) = settings.violation() {
        return Err(ApiError::invalid(format!("settings.{field}"), allowed));
    }
    php_version(app, "settings.php_version", settings.php_version.as_ref()).await?;
    Ok(settings)
}

/// Only an admin may put a name below or above another account's.
pub(crate) fn below_foreign(caller: &Caller, asked: bool) -> ApiResult<()> {
    if asked && !caller.is_admin() {
        let refusal = ApiError::new(ProblemCode::Forbidden, "Only an admin may allow a name below or above another account's domain.");
        return Err(refusal.field("allow_below_foreign", "leave it out"));
    }
    Ok(())
}

/// Nobody has the domain.
pub(crate) async fn domain_is_unused(tx: &Tx, field: &'static str, domain: &DomainName) -> ApiResult<()> {
    if tx.site_by_domain(domain).await?.is_some() { Err(ApiError::taken(field)) } else { Ok(()) }
}

/// Nobody has the domain, and no other account has one above it.
pub(crate) async fn domain_is_free(tx: &Tx, field: &'static str, domain: &DomainName, account: Option<&Username>) -> ApiResult<()> {
    domain_is_unused(tx, field, domain).await?;
    let mut rest = domain.as_str();
    while let Some((_, above)) = rest.split_once('.') {
        rest = above;
        let Ok(above) = above.parse::<DomainName>() else { break };
        let owner = tx.site_by_domain(&above).await?.map(|site| site.account);
        if owner.is_some_and(|owner| Some(&owner) != account) {
            return Err(ApiError::taken(field));
        }
    }
    Ok(())
}

/// An account's name out of a query.
pub(crate) fn account_filter(text: Option<&str>) -> ApiResult<Option<Username>> {
    text.map(|text| text.parse::<Username>()).transpose().map_err(|invalid| ApiError::invalid("account", invalid.allowed))
}

/// A domain out of a query.
pub(crate) fn domain_filter(text: Option<&str>) -> ApiResult<Option<DomainName>> {
    text.map(|text| text.parse::<DomainName>()).transpose().map_err(|invalid| ApiError::invalid("domain", invalid.allowed))
}
