//! What the fake daemon keeps of an account, and how operations change it.

use nusantara_proto::host::{
    AccountSummary, AccountUpdate, DatabasePassword, DatabaseUserPut, DomainSummary, Edit, ErrorCode, FolderChange, FtpUpdate, KeepOld,
    LimitChange, LimitsEdit, Operation, OperationError, PackageEffect, PhpUpdate, PrimaryDomain, SiteAdd, SiteProtect, SiteUpdate,
    VisitorChange,
};
use nusantara_types::certificates::{CertificateSource, SiteCertificate};
use nusantara_types::databases::{Database, DatabaseUser};
use nusantara_types::sites::{ProtectedFolder, Runtime, Visitor};
use nusantara_types::{
    AccountSpec, AccountStatus, DocRoot, DomainKind, DomainName, Limits, Login, PackageName, ServedDomain, SiteSettings, SshMode,
    Subdomain, Suspension,
};
use serde_json::json;
use std::collections::BTreeMap;

/// The spec of a fresh account.
pub(crate) fn spec(summary: &AccountSummary) -> AccountSpec {
    let name = &summary.username;
    let primary = &summary.domains[0].domain;
    serde_json::from_value(json!({
        "account": {
            "schema_version": 1, "username": name, "uid": summary.uid, "gid": summary.uid, "primary_domain": primary,
            "home_dir": format!("/home/{name}"), "shell": "/usr/sbin/nologin", "status": "active", "created_at": summary.created_at,
            "updated_at": summary.updated_at, "package": summary.package, "contact_email": null, "last_login_ip": null,
        },
        "limits": super::fake_host::limits(),
        "domains": {"schema_version": 1, "primary": {"domain": primary, "docroot": DocRoot::default_for(primary)}},
        "services": {"schema_version": 1, "web_server": "nginx", "php": {"enabled": true, "version": "8.2", "fpm_pool": name}},
        "ssh": {
            "schema_version": 1, "enabled": false, "mode": "disabled", "allow_port_forwarding": false, "allow_agent_forwarding": false,
            "allow_x11_forwarding": false,
        },
        "meta": {"schema_version": 1},
    }))
    .unwrap()
}

/// The domains of a spec as the host lists them.
pub(crate) fn domains(spec: &AccountSpec) -> Vec<DomainSummary> {
    let site = |(domain, kind, docroot, settings): (&DomainName, DomainKind, &DocRoot, &SiteSettings)| DomainSummary {
        domain: domain.clone(),
        kind,
        root_path: format!("{}/{docroot}", spec.account.home_dir),
        runtime: settings.runtime(),
        php_version: (settings.runtime() == Runtime::Php).then(|| "8.2".parse().unwrap()),
    };
    let mut all: Vec<_> = spec.domains.sites().map(site).collect();
    let primary = all[0].clone();
    all.extend(spec.domains.alias_domains.iter().map(|d| DomainSummary { domain: d.clone(), kind: DomainKind::Alias, ..primary.clone() }));
    all
}

fn refused(code: ErrorCode, message: &str) -> OperationError {
    OperationError::new(code, message)
}

/// Carries out an operation that changes what an account has.
pub(crate) fn change(
    spec: &mut AccountSpec,
    packages: &BTreeMap<PackageName, Limits>,
    operation: &Operation,
) -> Result<(), OperationError> {
    match operation {
        Operation::AccountSuspend(args) => {
            spec.account.status = AccountStatus::Suspended;
            let (since, reason) = (super::fake_host::at(0), args.reason.clone());
            spec.account.suspension = Some(Suspension { since, reason, login: Login::FRESH });
        }
        Operation::AccountUnsuspend { .. } => {
            spec.account.status = AccountStatus::Active;
            spec.account.suspension = None;
        }
        Operation::AccountUpdate(args) => update(spec, packages, args)?,
        Operation::PrimaryDomain(args) => primary_domain(spec, args),
        Operation::SiteAdd(add) => site_add(spec, add),
        Operation::SiteRemove { domain, .. } => {
            spec.domains.addon_domains.retain(|d| d.domain != *domain);
            spec.domains.subdomains.retain(|d| d.subdomain != *domain);
            spec.domains.alias_domains.retain(|d| d != domain);
        }
        Operation::SiteUpdate(SiteUpdate { domain, docroot, settings, .. }) => {
            let (place, current) = site(spec, domain)?;
            *current = SiteSettings { protected: std::mem::take(&mut current.protected), ..settings.clone() };
            if let Some(docroot) = docroot {
                *place = docroot.clone();
            }
        }
        Operation::SiteProtect(SiteProtect { domain, folders, .. }) => {
            let (_, current) = site(spec, domain)?;
            current.protected = folders.iter().map(|change| folder(change, &current.protected)).collect::<Result<_, _>>()?;
        }
        Operation::CertificateInstall(args) => {
            let certificate = certificate(&args.domain, args.source);
            spec.meta.certificates.insert(args.domain.clone(), certificate);
        }
        Operation::CertificateRemove { domain, .. } => {
            spec.meta.certificates.remove(domain).ok_or_else(|| refused(ErrorCode::NotFound, "no such certificate"))?;
        }
        Operation::PhpUpdate(PhpUpdate { version, ini, .. }) => {
            spec.services.php.version = version.clone();
            spec.services.php.ini = ini.clone();
        }
        Operation::AppPut { app, .. } => {
            spec.services.nodejs.apps.retain(|known| known.name != app.name);
            spec.services.nodejs.apps.push(app.clone());
        }
        Operation::AppRemove { name, .. } => spec.services.nodejs.apps.retain(|known| known.name != *name),
        Operation::CronPut { job, .. } => {
            spec.services.cron.jobs.retain(|known| known.name != job.name);
            spec.services.cron.jobs.push(job.clone());
        }
        Operation::CronRemove { name, .. } => spec.services.cron.jobs.retain(|known| known.name != *name),
        Operation::AppRestart { .. } | Operation::CronRun { .. } => {}
        Operation::DatabaseAdd { name, .. } => {
            spec.services.databases.enabled = true;
            spec.services.databases.mariadb.databases.push(Database { name: name.clone() });
        }
        Operation::DatabaseRemove { name, .. } => {
            let server = &mut spec.services.databases.mariadb;
            server.databases.retain(|database| database.name != *name);
            server.users.iter_mut().for_each(|user| user.grants.retain(|grant| grant.database != *name));
        }
        Operation::DatabaseUserPut(DatabaseUserPut { name, grants, hash, new, .. }) => {
            let users = &mut spec.services.databases.mariadb.users;
            match (new, hash) {
                (true, Some(hash)) => users.push(DatabaseUser { name: name.clone(), hash: hash.clone(), grants: grants.clone() }),
                _ => users.iter_mut().filter(|user| user.name == *name).for_each(|user| user.grants = grants.clone()),
            }
        }
        Operation::DatabaseUserRemove { name, .. } => spec.services.databases.mariadb.users.retain(|user| user.name != *name),
        Operation::DatabasePassword(DatabasePassword { name, hash: Some(hash), .. }) => {
            let users = &mut spec.services.databases.mariadb.users;
            users.iter_mut().filter(|user| user.name == *name).for_each(|user| user.hash = hash.clone());
        }
        Operation::FtpAdd(add) => {
            spec.services.ftp.enabled = true;
            spec.services.ftp.accounts.push(add.login.clone());
        }
        Operation::FtpUpdate(FtpUpdate { name, folder, hash, enabled, .. }) => {
            let login = spec.services.ftp.accounts.iter_mut().find(|login| login.name == *name);
            let login = login.ok_or_else(|| refused(ErrorCode::NotFound, "no such login"))?;
            (login.folder, login.enabled) = (folder.clone(), *enabled);
            login.hash = hash.clone().unwrap_or_else(|| login.hash.clone());
        }
        Operation::FtpRemove { name, .. } => spec.services.ftp.accounts.retain(|login| login.name != *name),
        Operation::SshUpdate(update) => {
            spec.ssh.enabled = update.mode != SshMode::Disabled;
            spec.ssh.mode = update.mode;
            spec.ssh.allow_password = update.allow_password;
            spec.ssh.allow_port_forwarding = update.allow_port_forwarding;
        }
        Operation::SshKeyAdd(add) => spec.ssh.authorized_keys.push(add.key.clone()),
        Operation::SshKeyRemove(remove) => spec.ssh.authorized_keys.retain(|key| key.fingerprint() != remove.fingerprint),
        _ => return Err(refused(ErrorCode::Malformed, "not work")),
    }
    Ok(())
}

fn update(spec: &mut AccountSpec, packages: &BTreeMap<PackageName, Limits>, args: &AccountUpdate) -> Result<(), OperationError> {
    match &args.contact_email {
        Edit::Keep => {}
        Edit::Clear => spec.account.contact_email = None,
        Edit::Set(email) => spec.account.contact_email = Some(email.clone()),
    }
    if let Some(notes) = &args.notes {
        spec.meta.notes = notes.to_string();
    }
    if let Some(shell) = args.shell {
        spec.account.shell = shell;
    }
    match &args.limits {
        None => {}
        Some(LimitsEdit::Custom(limits)) => spec.limits = limits.clone(),
        Some(LimitsEdit::Package(name)) => {
            let limits = &packages[name];
            if let Some(exceeded) = limits.exceeded_by(spec).first() {
                return Err(refused(ErrorCode::LimitReached, &exceeded.to_string()));
            }
            spec.limits = limits.clone();
            spec.account.package = name.clone();
        }
    }
    Ok(())
}

/// A certificate that is in its best years.
fn certificate(domain: &DomainName, source: CertificateSource) -> SiteCertificate {
    let hash = || "a".repeat(64).parse().unwrap();
    let now = super::fake_host::at(0);
    SiteCertificate {
        id: hash(),
        fingerprint: hash(),
        source,
        names: vec![domain.to_string().parse().unwrap()],
        issuer: "Test root".to_owned(),
        not_before: now,
        not_after: now + chrono::TimeDelta::days(36_500),
        installed_at: now,
    }
}

/// What applying a package would do.
pub(crate) fn effect(spec: &AccountSpec, limits: &Limits) -> PackageEffect {
    let changed = spec.limits.memory_limit_mb != limits.memory_limit_mb;
    let change =
        LimitChange { field: "memory_limit_mb".to_owned(), from: spec.limits.memory_limit_mb.into(), to: limits.memory_limit_mb.into() };
    PackageEffect {
        username: spec.account.username.clone(),
        changes: changed.then_some(change).into_iter().collect(),
        refused: limits.exceeded_by(spec).iter().map(ToString::to_string).collect(),
    }
}

fn site_add(spec: &mut AccountSpec, add: &SiteAdd) {
    let docroot = add.docroot.clone().unwrap_or_else(|| DocRoot::default_for(&add.domain));
    let (domain, settings) = (add.domain.clone(), add.settings.clone());
    let parent = spec.domains.sites().map(|(domain, ..)| domain).find(|d| add.domain.is_below(d)).cloned();
    match (add.kind, parent) {
        (Some(DomainKind::Alias), _) => spec.domains.alias_domains.push(domain),
        (None | Some(DomainKind::Subdomain), Some(parent)) => {
            spec.domains.subdomains.push(Subdomain { subdomain: domain, parent, docroot, settings });
        }
        _ => spec.domains.addon_domains.push(ServedDomain { domain, docroot, settings }),
    }
}

fn site<'a>(spec: &'a mut AccountSpec, domain: &DomainName) -> Result<(&'a mut DocRoot, &'a mut SiteSettings), OperationError> {
    let served = std::iter::once(&mut spec.domains.primary).chain(&mut spec.domains.addon_domains);
    let served = served.map(|d| (&d.domain, &mut d.docroot, &mut d.settings));
    let below = spec.domains.subdomains.iter_mut().map(|d| (&d.subdomain, &mut d.docroot, &mut d.settings));
    let found = served.chain(below).find(|(name, ..)| *name == domain);
    found.map(|(_, docroot, settings)| (docroot, settings)).ok_or_else(|| refused(ErrorCode::NotFound, "no such site"))
}

fn folder(change: &FolderChange, known: &[ProtectedFolder]) -> Result<ProtectedFolder, OperationError> {
    let before = known.iter().find(|folder| folder.path == change.path);
    let visitor = |VisitorChange { name, hash }: &VisitorChange| {
        let kept = || before?.visitors.iter().find(|v| v.name == *name).map(|v| v.hash.clone());
        let hash = hash.clone().or_else(kept).ok_or_else(|| refused(ErrorCode::Invalid, "a new visitor needs a password"))?;
        Ok(Visitor { name: name.clone(), hash })
    };
    let visitors = change.visitors.iter().map(visitor).collect::<Result<_, _>>()?;
    Ok(ProtectedFolder { path: change.path.clone(), realm: change.realm.clone(), visitors })
}

fn primary_domain(spec: &mut AccountSpec, args: &PrimaryDomain) {
    let old = spec.domains.primary.clone();
    spec.account.primary_domain = args.domain.clone();
    match spec.domains.addon_domains.iter().position(|site| site.domain == args.domain) {
        Some(at) => spec.domains.primary = std::mem::replace(&mut spec.domains.addon_domains[at], old),
        None => {
            spec.domains.alias_domains.retain(|alias| *alias != args.domain);
            spec.domains.primary.domain = args.domain.clone();
            match args.keep_old {
                Some(KeepOld::Addon) => spec.domains.addon_domains.push(old),
                Some(KeepOld::Alias) | None => spec.domains.alias_domains.push(old.domain),
                Some(KeepOld::None) => {}
            }
        }
    }
}
