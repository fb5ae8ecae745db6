//! The spec of a new account.

use nusantara_proto::host::AccountCreate;
use nusantara_types::sites::PhpIni;
use nusantara_types::{
    Account, AccountSpec, AccountStatus, CronService, DatabaseService, DocRoot, Domains, FtpService, Limits, Meta, NodeService, PhpService,
    PhpVersion, SchemaVersion, ServedDomain, Services, Shell, SiteSettings, Ssh, Timestamp, Username, WebServer,
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
            suspension: None,
            last_login_at: None,
        },
        limits,
        domains: Domains {
            schema_version: SchemaVersion,
            primary: ServedDomain {
                domain: args.primary_domain.clone(),
                docroot: DocRoot::default_for(&args.primary_domain),
                settings: SiteSettings::default(),
            },
            addon_domains: Vec::new(),
            subdomains: Vec::new(),
            alias_domains: Vec::new(),
        },
        services: services(username, php),
        ssh: Ssh::default(),
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An account of the package `starter`.
    pub(crate) fn spec_of(username: &str, domain: &str) -> AccountSpec {
        let limits: Limits =
            serde_json::from_str(include_str!("../../../../packaging/root/etc/nusantara-panel/packages/starter.json")).unwrap();
        let args = AccountCreate {
            username: username.parse().unwrap(),
            primary_domain: domain.parse().unwrap(),
            package: "starter".parse().unwrap(),
            contact_email: None,
            php_version: None,
        };
        new_account(&args, limits, "8.2".parse().unwrap(), 12_000, chrono::DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_new_account_holds_together() {
        assert_eq!(spec_of("joko", "joko.test").validate(), Ok(()));
    }
}
