//! The six files of an account (DESIGN section 5): the single source of truth about it.

use crate::apps::{AppName, NodeApp};
use crate::cron::CronJob;
use crate::databases::DatabaseService;
use crate::ftp::FtpService;
use crate::sites::{PhpIni, PhpSetting, ProxyTarget, ServedDomain, SiteSettings, Subdomain, Www};
use crate::ssh::{MOST_KEYS, SshKey};
use crate::suspension::Suspension;
use crate::{DocRoot, DomainName, EmailAddress, Limits, PackageName, PhpVersion, Revision, Timestamp, Username};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The layout version that this build reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

/// A `schema_version` field: reads only [`SCHEMA_VERSION`], so that a file of a later layout is refused instead of half understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct SchemaVersion;

impl TryFrom<u32> for SchemaVersion {
    type Error = String;
    fn try_from(v: u32) -> Result<Self, String> {
        if v == SCHEMA_VERSION { Ok(Self) } else { Err(format!("schema_version {v} is not supported, only {SCHEMA_VERSION}")) }
    }
}
impl From<SchemaVersion> for u32 {
    fn from(_: SchemaVersion) -> Self {
        SCHEMA_VERSION
    }
}

/// A spec that parses but does not hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {field}: {message}")]
pub struct SpecError {
    /// The file of the six.
    pub file: &'static str,
    /// The field in it.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Whether an account serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Everything on.
    Active,
    /// Logins locked, units stopped, sites answer 503.
    Suspended,
}

/// Login shells an account may have: a closed list, because a shell path is an executable that root's tools write into passwd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shell {
    /// No login.
    #[serde(rename = "/usr/sbin/nologin")]
    Nologin,
    /// bash.
    #[serde(rename = "/bin/bash")]
    Bash,
    /// sh.
    #[serde(rename = "/bin/sh")]
    Sh,
}

impl Shell {
    /// The shell at a path; none when it is not one that an account may have.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        [Self::Nologin, Self::Bash, Self::Sh].into_iter().find(|shell| shell.path() == path)
    }

    /// The path as passwd holds it.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Nologin => "/usr/sbin/nologin",
            Self::Bash => "/bin/bash",
            Self::Sh => "/bin/sh",
        }
    }
}

/// `account.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Version of this file's layout.
    pub schema_version: SchemaVersion,
    /// The Linux user.
    pub username: Username,
    /// Its uid, from [`crate::FIRST_ACCOUNT_UID`] up, never reused. A tree written by hand may leave it out, and the host chooses when
    /// it is adopted; nowhere else is 0 valid.
    #[serde(default)]
    pub uid: u32,
    /// Its group's gid, equal to the uid; may be left out like it.
    #[serde(default)]
    pub gid: u32,
    /// The account's first domain.
    pub primary_domain: DomainName,
    /// Always `/home/<username>`; present because the file is read by people too. May be left out like the uid.
    #[serde(default)]
    pub home_dir: String,
    /// Login shell.
    pub shell: Shell,
    /// Whether it serves.
    pub status: AccountStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When one of the six files last changed.
    pub updated_at: Timestamp,
    /// The package its limits came from.
    pub package: PackageName,
    /// Whom to write to about this account.
    pub contact_email: Option<EmailAddress>,
    /// Where its owner last logged in from.
    pub last_login_ip: Option<IpAddr>,
    /// Why and since when it is suspended, and the login to go back to; only while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
    /// When that was.
    #[serde(default)]
    pub last_login_at: Option<Timestamp>,
}

/// What kind of claim a domain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainKind {
    /// The account's first domain; lives as long as the account.
    Primary,
    /// A further domain with its own docroot.
    Addon,
    /// A name below a domain of the account.
    Subdomain,
    /// Another name of the primary site.
    Alias,
}

/// An alias: another name under which the primary site answers.
pub type AliasDomain = DomainName;

/// `domains.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domains {
    /// Version of this file's layout.
    pub schema_version: SchemaVersion,
    /// The primary site.
    pub primary: ServedDomain,
    /// Addon sites.
    #[serde(default)]
    pub addon_domains: Vec<ServedDomain>,
    /// Subdomain sites.
    #[serde(default)]
    pub subdomains: Vec<Subdomain>,
    /// Names that answer like the primary site.
    #[serde(default)]
    pub alias_domains: Vec<AliasDomain>,
}

impl Domains {
    /// Every listed name with its kind.
    pub fn names(&self) -> impl Iterator<Item = (&DomainName, DomainKind)> {
        std::iter::once((&self.primary.domain, DomainKind::Primary))
            .chain(self.addon_domains.iter().map(|d| (&d.domain, DomainKind::Addon)))
            .chain(self.subdomains.iter().map(|d| (&d.subdomain, DomainKind::Subdomain)))
            .chain(self.alias_domains.iter().map(|d| (d, DomainKind::Alias)))
    }

    /// Every site with its folder and settings, the primary one first.
    pub fn sites(&self) -> impl Iterator<Item = (&DomainName, DomainKind, &DocRoot, &SiteSettings)> {
        std::iter::once(&self.primary)
            .map(|d| (&d.domain, DomainKind::Primary, &d.docroot, &d.settings))
            .chain(self.addon_domains.iter().map(|d| (&d.domain, DomainKind::Addon, &d.docroot, &d.settings)))
            .chain(self.subdomains.iter().map(|d| (&d.subdomain, DomainKind::Subdomain, &d.docroot, &d.settings)))
    }

    /// Every name this account holds: the listed ones, and the `www.` names that sites have besides.
    #[must_use]
    pub fn claims(&self) -> Vec<(DomainName, DomainKind)> {
        let listed = self.names().map(|(name, kind)| (name.clone(), kind));
        let www = self.sites().filter(|(.., settings)| settings.www != Www::None);
        listed.chain(www.filter_map(|(name, ..)| Some((name.with_www()?, DomainKind::Alias)))).collect()
    }
}

/// The web server that serves the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebServer {
    /// nginx.
    Nginx,
}

/// PHP of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhpService {
    /// Whether PHP runs at all.
    pub enabled: bool,
    /// Default branch for the account's sites.
    pub version: PhpVersion,
    /// Name of the FPM pool; equal to the username.
    pub fpm_pool: Username,
    /// Extra folders below the home for `open_basedir`; hygiene, not isolation.
    #[serde(default)]
    pub open_basedir: Vec<DocRoot>,
    /// Settings of all its sites, which each site may override.
    #[serde(default)]
    pub ini: PhpIni,
}

/// An entry of a list that must be empty in this layout version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Never {}

/// Supervised apps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeService {
    /// Whether they may run.
    pub enabled: bool,
    /// Each name once.
    #[serde(default)]
    pub apps: Vec<NodeApp>,
}

/// Cron jobs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CronService {
    /// Whether they run by themselves.
    pub enabled: bool,
    /// Each name once.
    #[serde(default)]
    pub jobs: Vec<CronJob>,
}

/// `services.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Services {
    /// Version of this file's layout.
    pub schema_version: SchemaVersion,
    /// The web server.
    pub web_server: WebServer,
    /// PHP.
    pub php: PhpService,
    /// Supervised apps.
    #[serde(default)]
    pub nodejs: NodeService,
    /// FTP.
    #[serde(default)]
    pub ftp: FtpService,
    /// Cron.
    #[serde(default)]
    pub cron: CronService,
    /// Databases.
    #[serde(default)]
    pub databases: DatabaseService,
}

/// How an account may come in by SSH.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SshMode {
    /// Files by SFTP and scp, in a view that holds the own home and nothing else.
    SftpChroot,
    /// A shell, in a view that holds the own home and the system, read-only.
    Shell,
    /// Not at all.
    #[default]
    Disabled,
}

/// `ssh.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ssh {
    /// Version of this file's layout.
    pub schema_version: SchemaVersion,
    /// Whether SSH is on.
    pub enabled: bool,
    /// What a login gets.
    pub mode: SshMode,
    /// Keys that may log in, each once.
    #[serde(default)]
    pub authorized_keys: Vec<SshKey>,
    /// Whether the account's password may log in too.
    #[serde(default)]
    pub allow_password: bool,
    /// A command every session runs instead; derived from the mode, never free.
    #[serde(default)]
    pub force_command: Option<Never>,
    /// The chroot; derived, never free.
    #[serde(default)]
    pub chroot_dir: Option<Never>,
    /// TCP forwarding.
    pub allow_port_forwarding: bool,
    /// Agent forwarding.
    pub allow_agent_forwarding: bool,
    /// X11 forwarding.
    pub allow_x11_forwarding: bool,
}

impl Ssh {
    /// What a login gets now.
    #[must_use]
    pub const fn effective_mode(&self) -> SshMode {
        if self.enabled { self.mode } else { SshMode::Disabled }
    }
}

/// Who last changed the account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaAudit {
    /// What was done.
    pub last_action: Option<String>,
    /// By whom.
    pub last_actor: Option<String>,
    /// When.
    pub last_time: Option<Timestamp>,
}

/// `meta.json`: what is about the account rather than of it; not part of the revision except the notes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// Version of this file's layout.
    pub schema_version: SchemaVersion,
    /// Free text for people.
    #[serde(default)]
    pub notes: String,
    /// The revision that the host was last brought to.
    pub last_applied_revision: Option<Revision>,
    /// Who last changed it.
    #[serde(default)]
    pub audit: MetaAudit,
}

/// The six files together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSpec {
    /// `account.json`.
    pub account: Account,
    /// `limits.json`.
    pub limits: Limits,
    /// `domains.json`.
    pub domains: Domains,
    /// `services.json`.
    pub services: Services,
    /// `ssh.json`.
    pub ssh: Ssh,
    /// `meta.json`.
    pub meta: Meta,
}

impl AccountSpec {
    /// The revision: over everything the spec *asks for*, leaving out what the panel records about it
    /// (`updated_at`, `last_login_ip`, `last_login_at`, `meta` but its notes), so that recording an apply does not change what was applied.
    #[must_use]
    pub fn revision(&self) -> Revision {
        let mut account = serde_json::to_value(&self.account).unwrap_or_default();
        if let Some(map) = account.as_object_mut() {
            map.remove("updated_at");
            map.remove("last_login_ip");
            map.remove("last_login_at");
        }
        let canonical = serde_json::json!({
            "account": account, "limits": self.limits, "domains": self.domains,
            "services": self.services, "ssh": self.ssh, "notes": self.meta.notes,
        });
        Revision::of(&canonical)
    }

    /// Checks what no single field can: that the files agree with each other and stay within the limits.
    ///
    /// # Errors
    /// [`SpecError`] names the file, the field and what is wrong.
    pub fn validate(&self) -> Result<(), SpecError> {
        let err = |file, field: &str, message: &str| Err(SpecError { file, field: field.to_owned(), message: message.to_owned() });
        let a = &self.account;
        if !(crate::FIRST_ACCOUNT_UID..crate::END_ACCOUNT_UID).contains(&a.uid) {
            return err("account.json", "uid", "must be from 12000 to 59999");
        }
        if a.gid != a.uid {
            return err("account.json", "gid", "must equal uid");
        }
        if a.home_dir != format!("/home/{}", a.username) {
            return err("account.json", "home_dir", "must be /home/<username>");
        }
        if a.suspension.is_some() && a.status != AccountStatus::Suspended {
            return err("account.json", "suspension", "only a suspended account has one");
        }
        if self.domains.primary.domain != a.primary_domain {
            return err("domains.json", "primary", "must be the account's primary_domain");
        }
        if let Some((field, message)) = self.limits.violation() {
            return err("limits.json", field, message);
        }
        if self.services.php.fpm_pool != a.username {
            return err("services.json", "php.fpm_pool", "must equal the username");
        }
        self.validate_ssh()?;
        self.validate_php_ini("services.json", "php.ini", &self.services.php.ini)?;
        self.validate_apps()?;
        self.validate_cron()?;
        if let Some(message) = self.services.ftp.violation(self.limits.max_ftp_accounts) {
            return err("services.json", "ftp.accounts", &message);
        }
        if let Some((field, message)) = self.services.databases.violation(self.limits.max_databases, self.limits.max_db_users) {
            return err("services.json", field, &message);
        }
        self.validate_domains()
    }

    /// PHP cannot be promised more memory than the account has.
    fn validate_php_ini(&self, file: &'static str, field: &str, ini: &PhpIni) -> Result<(), SpecError> {
        match ini.number(PhpSetting::MemoryLimit) {
            Some(mb) if u64::from(mb) > self.limits.memory_limit_mb => {
                let message = format!("memory_limit may be at most the account's {} MiB", self.limits.memory_limit_mb);
                Err(SpecError { file, field: field.to_owned(), message })
            }
            _ => Ok(()),
        }
    }

    fn validate_ssh(&self) -> Result<(), SpecError> {
        let err = |field: &str, message: String| Err(SpecError { file: "ssh.json", field: field.to_owned(), message });
        let ssh = &self.ssh;
        if ssh.enabled && ssh.mode == SshMode::Disabled {
            return err("mode", "choose sftp_chroot or shell, or set enabled to false".to_owned());
        }
        if ssh.effective_mode() == SshMode::Shell && self.account.shell == Shell::Nologin {
            return err("mode", "the mode shell needs a login shell; set shell in account.json to /bin/bash or /bin/sh".to_owned());
        }
        for (field, on) in [("allow_agent_forwarding", ssh.allow_agent_forwarding), ("allow_x11_forwarding", ssh.allow_x11_forwarding)] {
            if on && ssh.mode != SshMode::Shell {
                return err(field, "this is of use in the mode shell only".to_owned());
            }
        }
        if ssh.authorized_keys.len() > MOST_KEYS {
            return err("authorized_keys", format!("{} are listed, an account may have {MOST_KEYS}", ssh.authorized_keys.len()));
        }
        for (i, key) in ssh.authorized_keys.iter().enumerate() {
            if ssh.authorized_keys[..i].iter().any(|other| other.is_same_key(key)) {
                return err("authorized_keys", format!("{} is listed twice", key.fingerprint()));
            }
        }
        Ok(())
    }

    fn validate_apps(&self) -> Result<(), SpecError> {
        let err = |field: &str, message: String| Err(SpecError { file: "services.json", field: field.to_owned(), message });
        let apps = &self.services.nodejs.apps;
        let most = self.limits.apps();
        if apps.len() > most as usize {
            return err("nodejs.apps", format!("{} are listed, the account's limit is {most}", apps.len()));
        }
        let (mut names, mut ports) = (BTreeSet::new(), BTreeSet::new());
        for app in apps {
            if !names.insert(&app.name) {
                return err("nodejs.apps", format!("{} is listed twice", app.name));
            }
            if let Some((field, message)) = app.violation() {
                return err(&format!("nodejs.apps.{}.{field}", app.name), message.to_owned());
            }
            if let Some(port) = app.ports().find(|port| !ports.insert(*port)) {
                return err(&format!("nodejs.apps.{}.listen", app.name), format!("another app of this account has port {port}"));
            }
        }
        Ok(())
    }

    fn validate_cron(&self) -> Result<(), SpecError> {
        let err = |field: &str, message: String| Err(SpecError { file: "services.json", field: field.to_owned(), message });
        let (jobs, most) = (&self.services.cron.jobs, self.limits.max_cron_jobs);
        if jobs.len() > most as usize {
            return err("cron.jobs", format!("{} are listed, the account's limit is {most}", jobs.len()));
        }
        let mut names = BTreeSet::new();
        for job in jobs {
            if !names.insert(&job.name) {
                return err("cron.jobs", format!("{} is listed twice", job.name));
            }
            if let Some((field, message)) = job.violation() {
                return err(&format!("cron.jobs.{}.{field}", job.name), message.to_owned());
            }
        }
        Ok(())
    }

    fn validate_domains(&self) -> Result<(), SpecError> {
        let err = |field: &str, message: String| Err(SpecError { file: "domains.json", field: field.to_owned(), message });
        let d = &self.domains;
        let mut seen = BTreeSet::new();
        for (name, _) in d.claims() {
            if let Some(name) = seen.replace(name) {
                return err("domain", format!("{name} is listed twice"));
            }
        }
        for s in &d.subdomains {
            if !s.subdomain.is_below(&s.parent) || !seen.contains(&s.parent) {
                return err("subdomains", format!("{} must lie below a domain of this account", s.subdomain));
            }
        }
        let apps: BTreeSet<&AppName> = self.services.nodejs.apps.iter().map(|app| &app.name).collect();
        for (name, _, _, settings) in d.sites() {
            if let Some((field, message)) = settings.violation() {
                return err(field, format!("{name}: {message}"));
            }
            if settings.app.as_ref().is_some_and(|app| !apps.contains(app)) {
                return err("app", format!("{name}: this account has no such app"));
            }
            if settings.www != Www::None && name.with_www().is_none() {
                return err("www", format!("{name}: no name with www. before it"));
            }
            self.validate_php_ini("domains.json", "php_ini", &settings.php_ini)?;
        }
        for (field, have, allowed) in [
            ("addon_domains", d.addon_domains.len(), self.limits.max_addon_domains),
            ("subdomains", d.subdomains.len(), self.limits.max_subdomains),
            ("alias_domains", d.alias_domains.len(), self.limits.max_alias_domains),
        ] {
            if have > allowed as usize {
                return err(field, format!("{have} are listed, the account's limit is {allowed}"));
            }
        }
        Ok(())
    }

    /// The ports of 127.0.0.1 that this account holds: those its apps listen on and those its sites lead to.
    #[must_use]
    pub fn ports(&self) -> BTreeSet<u16> {
        let led_to = |settings: &SiteSettings| match settings.proxy {
            Some(ProxyTarget::Port(port)) => Some(port.get()),
            _ => None,
        };
        let sites = self.domains.sites().filter_map(|(.., settings)| led_to(settings));
        self.services.nodejs.apps.iter().flat_map(NodeApp::ports).chain(sites).collect()
    }
}
