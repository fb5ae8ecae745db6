//! Specs made from requests.

use nusantara_proto::host::{AccountCreate, ErrorCode, OperationError, SiteAdd};
use nusantara_types::apps::NodeApp;
use nusantara_types::sites::PhpIni;
use nusantara_types::{
    Account, AccountSpec, AccountStatus, AppName, CronService, DatabaseService, DocRoot, DomainName, Domains, FtpService, Limits, Meta,
    NodeService, PhpService, PhpVersion, SchemaVersion, ServedDomain, Services, Shell, SiteSettings, Ssh, SshMode, Subdomain, Timestamp,
    Username, WebServer,
};

/// The spec of a new account.
pub(crate) fn new_account(args: &AccountCreate, limits: Limits, php: PhpVersion, uid: u32, now: Timestamp) -> AccountSpec {
    let username = &args.username;
    AccountSpec {
        account: Account {
            schema_version: SchemaVersion,
            username: username.clone(),
            uid,
            gid: uid,
            primary_domain: args.primary_domain.clone(),
            home_dir: format!("/home/{username}"),
            shell: Shell::Nologin,
            status: AccountStatus::Active,
            created_at: now,
            updated_at: now,
            package: args.package.clone(),
            contact_email: args.contact_email.clone(),
            last_login_ip: None,
        },
        limits,
        domains: Domains {
            schema_version: SchemaVersion,
            primary: served(&args.primary_domain, SiteSettings::default()),
            addon_domains: Vec::new(),
            subdomains: Vec::new(),
            alias_domains: Vec::new(),
        },
        services: services(username, php),
        ssh: Ssh {
            schema_version: SchemaVersion,
            enabled: false,
            mode: SshMode::Disabled,
            authorized_keys: Vec::new(),
            force_command: None,
            chroot_dir: None,
            allow_port_forwarding: false,
            allow_agent_forwarding: false,
            allow_x11_forwarding: false,
        },
        meta: Meta::default(),
    }
}

fn services(username: &Username, version: PhpVersion) -> Services {
    let php = PhpService { enabled: true, version, fpm_pool: username.clone(), open_basedir: Vec::new(), ini: PhpIni::default() };
    Services {
        schema_version: SchemaVersion,
        web_server: WebServer::Nginx,
        php,
        nodejs: NodeService::default(),
        ftp: FtpService::default(),
        cron: CronService::default(),
        databases: DatabaseService::default(),
    }
}

fn served(domain: &DomainName, settings: SiteSettings) -> ServedDomain {
    ServedDomain { domain: domain.clone(), docroot: DocRoot::default_for(domain), settings }
}

/// The spec with one site more: a subdomain when the name lies below a domain of the account, else an addon domain. The spec as
/// it is when it has the site already.
///
/// # Errors
/// [`ErrorCode::LimitReached`] naming what there may not be more of.
pub(crate) fn with_site(spec: &AccountSpec, args: &SiteAdd, now: Timestamp) -> Result<AccountSpec, OperationError> {
    let mut spec = spec.clone();
    let d = &mut spec.domains;
    if d.names().any(|(name, _)| name == &args.domain) {
        return Ok(spec);
    }
    let ServedDomain { domain, docroot, settings } = served(&args.domain, args.settings.clone());
    // The nearest domain above it.
    let parent = d.names().map(|(name, _)| name).filter(|name| domain.is_below(name)).max_by_key(|name| name.as_str().len()).cloned();
    let (what, have, most) = match parent {
        Some(parent) => {
            d.subdomains.push(Subdomain { subdomain: domain, parent, docroot, settings });
            ("subdomains", d.subdomains.len(), spec.limits.max_subdomains)
        }
        None => {
            d.addon_domains.push(ServedDomain { domain, docroot, settings });
            ("addon domains", d.addon_domains.len(), spec.limits.max_addon_domains)
        }
    };
    if have > most as usize {
        let message = format!("this account may have {most} {what}; its package allows no more");
        return Err(OperationError::new(ErrorCode::LimitReached, message).field("domain"));
    }
    spec.account.updated_at = now;
    Ok(spec)
}

/// The spec without a site.
///
/// # Errors
/// [`ErrorCode::NotFound`] when the account has no such site, [`ErrorCode::Invalid`] for its primary domain and for one that
/// others lie below.
pub(crate) fn without_site(spec: &AccountSpec, domain: &DomainName, now: Timestamp) -> Result<AccountSpec, OperationError> {
    let mut spec = spec.clone();
    let d = &mut spec.domains;
    let invalid = |message: String| Err(OperationError::new(ErrorCode::Invalid, message).field("domain"));
    if &d.primary.domain == domain {
        return invalid(format!("{domain} is the account's primary domain; it goes with the account"));
    }
    if let Some(child) = d.subdomains.iter().find(|s| &s.parent == domain) {
        return invalid(format!("{} lies below {domain}; remove it first", child.subdomain));
    }
    let before = d.names().count();
    d.addon_domains.retain(|s| &s.domain != domain);
    d.subdomains.retain(|s| &s.subdomain != domain);
    d.alias_domains.retain(|alias| alias != domain);
    if d.names().count() == before {
        return Err(OperationError::new(ErrorCode::NotFound, format!("this account has no site {domain}")).field("domain"));
    }
    spec.account.updated_at = now;
    Ok(spec)
}

/// The spec with an app made or changed.
///
/// # Errors
/// [`ErrorCode::LimitReached`] when the account may not have one more.
pub(crate) fn with_app(spec: &AccountSpec, app: &NodeApp, now: Timestamp) -> Result<AccountSpec, OperationError> {
    let mut spec = spec.clone();
    let most = spec.limits.apps();
    let service = &mut spec.services.nodejs;
    match service.apps.iter().position(|known| known.name == app.name) {
        Some(at) => service.apps[at] = app.clone(),
        None if service.apps.len() >= most as usize => {
            let message = format!("this account may have {most} apps; its package allows no more");
            return Err(OperationError::new(ErrorCode::LimitReached, message).field("name"));
        }
        None => service.apps.push(app.clone()),
    }
    service.enabled = true;
    spec.account.updated_at = now;
    Ok(spec)
}

/// The spec without an app.
///
/// # Errors
/// [`ErrorCode::NotFound`] when the account has no such app, [`ErrorCode::Invalid`] when a site leads to it.
pub(crate) fn without_app(spec: &AccountSpec, name: &AppName, now: Timestamp) -> Result<AccountSpec, OperationError> {
    if let Some((site, ..)) = spec.domains.sites().find(|(.., settings)| settings.app.as_ref() == Some(name)) {
        let message = format!("{site} leads to the app {name}; give that site another runtime first");
        return Err(OperationError::new(ErrorCode::Invalid, message).field("name"));
    }
    let mut spec = spec.clone();
    let apps = &mut spec.services.nodejs.apps;
    let before = apps.len();
    apps.retain(|app| &app.name != name);
    if apps.len() == before {
        return Err(super::no_app(name));
    }
    spec.account.updated_at = now;
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> AccountSpec {
        let limits: Limits =
            serde_json::from_str(include_str!("../../../../packaging/root/etc/nusantara-panel/packages/starter.json")).unwrap();
        let args = AccountCreate {
            username: "joko".parse().unwrap(),
            primary_domain: "joko.test".parse().unwrap(),
            package: "starter".parse().unwrap(),
            contact_email: None,
            php_version: None,
        };
        let spec = new_account(&args, limits, "8.2".parse().unwrap(), 12_000, chrono::DateTime::UNIX_EPOCH);
        spec.validate().unwrap();
        spec
    }

    fn add(spec: &AccountSpec, domain: &str) -> Result<AccountSpec, OperationError> {
        let args = SiteAdd {
            username: "joko".parse().unwrap(),
            domain: domain.parse().unwrap(),
            kind: None,
            docroot: None,
            settings: SiteSettings::default(),
            below_foreign: false,
        };
        with_site(spec, &args, chrono::DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_name_below_an_own_domain_is_a_subdomain_of_the_nearest() {
        let spec = add(&spec(), "shop.test").unwrap();
        let spec = add(&spec, "a.joko.test").unwrap();
        let spec = add(&spec, "b.a.joko.test").unwrap();
        spec.validate().unwrap();
        assert_eq!(spec.domains.addon_domains.len(), 1);
        assert_eq!(spec.domains.subdomains[1].parent.as_str(), "a.joko.test");
        assert_eq!(add(&spec, "shop.test").unwrap(), spec, "asking twice adds once");
    }

    #[test]
    fn limits_are_named() {
        let spec = add(&add(&spec(), "one.test").unwrap(), "two.test").unwrap();
        let error = add(&spec, "three.test").unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::LimitReached, Some("domain")));
    }

    #[test]
    fn an_app_is_made_changed_and_removed_within_the_limit() {
        let now = chrono::DateTime::UNIX_EPOCH;
        let app = |name: &str| -> NodeApp {
            let value = serde_json::json!({"name": name, "folder": "apps/shop", "program": {"node": "server.js"},
                "listen": {"socket": {}}, "instances": 1, "enabled": true});
            serde_json::from_value(value).unwrap()
        };
        let start = spec();
        let one = with_app(&start, &app("shop"), now).unwrap();
        one.validate().unwrap();
        assert!(one.services.nodejs.enabled);
        let changed = with_app(&one, &NodeApp { instances: 2, ..app("shop") }, now).unwrap();
        assert_eq!(changed.services.nodejs.apps.len(), 1);
        let error = with_app(&one, &app("other"), now).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::LimitReached, Some("name")));
        let mut led = one.clone();
        led.domains.primary.settings.app = Some("shop".parse().unwrap());
        let shop = "shop".parse().unwrap();
        assert_eq!(without_app(&led, &shop, now).unwrap_err().code, ErrorCode::Invalid, "a site leads to it");
        assert_eq!(without_app(&start, &shop, now).unwrap_err().code, ErrorCode::NotFound);
        assert!(without_app(&one, &shop, now).unwrap().services.nodejs.apps.is_empty());
    }

    #[test]
    fn a_site_goes_only_when_nothing_hangs_on_it() {
        let now = chrono::DateTime::UNIX_EPOCH;
        let start = add(&spec(), "a.joko.test").unwrap();
        let spec = add(&start, "b.a.joko.test").unwrap();
        for (domain, code) in [("joko.test", ErrorCode::Invalid), ("a.joko.test", ErrorCode::Invalid), ("other.test", ErrorCode::NotFound)]
        {
            assert_eq!(without_site(&spec, &domain.parse().unwrap(), now).unwrap_err().code, code, "{domain}");
        }
        assert_eq!(without_site(&spec, &"b.a.joko.test".parse().unwrap(), now).unwrap(), start);
    }
}
